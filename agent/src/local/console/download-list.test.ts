import { readdirSync, writeFileSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { eventually } from "../../../test/eventually.ts";
import { heldDownloads } from "../../../test/held-downloads.ts";
import { type TempFolder, tempFolder } from "../../../test/temp-folder.ts";
import { silentLog } from "../../log.ts";
import { type Change, DownloadList } from "./download-list.ts";

const url = (name: string): string => `http://mods.example.org/${name}.zip`;
const wanted = (...names: string[]) => names.map((name) => ({ url: url(name), total: null }));

/** A list whose downloads end when the test says so. */
async function listBench(given?: { folder: TempFolder }) {
  const folder = given?.folder ?? (await tempFolder());
  const downloads = heldDownloads();
  let ids = readdirSync(folder.path).length;
  const list = new DownloadList({
    downloads,
    folder: folder.at("files"),
    journalPath: folder.at("lists.jsonl"),
    newId: () => `d${++ids}`,
    log: silentLog,
  });
  const changes: Change[] = [];
  list.watch((change) => changes.push(change));
  const fetching = (count: number) => eventually(() => expect(downloads.orders).toHaveLength(count));
  const dispose = async (): Promise<void> => {
    await list.close();
    if (given === undefined) await folder[Symbol.asyncDispose]();
  };
  return { folder, downloads, list, changes, fetching, [Symbol.asyncDispose]: dispose };
}

const idOf = (list: DownloadList, name: string): string => {
  const open = [list.loading(), ...list.waiting()].filter((each) => each !== null);
  return open.find((each) => each.url === url(name))?.id ?? "";
};
const waitingIn = (list: DownloadList): string[] => [...list.waiting()].map((each) => each.url);
const kinds = (changes: readonly Change[]): string[] => changes.map(({ kind }) => kind);

describe("DownloadList", () => {
  test("submit() begins at once, keeps the order, and takes each URL once", async () => {
    await using bench = await listBench();

    bench.list.submit(wanted("a", "b", "a"));
    bench.list.submit(wanted("b", "c", "a"));

    expect(bench.list.loading()).toMatchObject({ url: url("a"), bytes: 0 });
    expect(waitingIn(bench.list)).toEqual([url("b"), url("c")]);
  });

  test("a finished file gets its name, and the next one begins in the same moment", async () => {
    await using bench = await listBench();
    bench.list.submit(wanted("a", "b"));
    await bench.fetching(1);

    bench.downloads.finish("content");
    await bench.fetching(2);

    expect(await readFile(bench.folder.at("files", "a.zip"), "utf8")).toBe("content");
    expect([...bench.list.done()]).toMatchObject([{ url: url("a"), bytes: 7 }]);
    expect(bench.list.loading()).toMatchObject({ url: url("b") });
    expect(kinds(bench.changes)).toEqual(["waiting", "waiting", "loading", "done", "loading"]);
  });

  test("a failed file leaves the lists and nothing else, and the batch goes on", async () => {
    await using bench = await listBench();
    bench.list.submit(wanted("a", "b"));
    await bench.fetching(1);

    bench.downloads.fail();
    await bench.fetching(2);

    expect(bench.list.counts()).toEqual({ open: 1, done: 0 });
    expect(bench.changes).toContainEqual(expect.objectContaining({ kind: "failed", detail: "It broke" }));
    await eventually(() => expect(readdirSync(bench.folder.at("files", ".partial"))).toHaveLength(1));
    expect(readdirSync(bench.folder.at("files"))).toEqual([".partial"]);
  });

  test("two URLs of one name get two files", async () => {
    await using bench = await listBench();
    bench.list.submit(wanted("a", "b"));
    await bench.fetching(1);
    bench.downloads.finish("one", "same.zip");
    await bench.fetching(2);
    bench.downloads.finish("two", "same.zip");
    await eventually(() => expect(bench.list.counts()).toEqual({ open: 0, done: 2 }));

    expect(await readFile(bench.folder.at("files", "same.zip"), "utf8")).toBe("one");
    expect(await readFile(bench.folder.at("files", "same (1).zip"), "utf8")).toBe("two");
  });

  test("submit() does not fetch again what came since it was asked for", async () => {
    await using bench = await listBench();
    bench.list.submit(wanted("a"));
    await bench.fetching(1);
    bench.downloads.finish("content");
    await eventually(() => expect(bench.list.counts().done).toBe(1));

    const ids = bench.list.submit(wanted("a"));

    expect(bench.list.counts()).toEqual({ open: 0, done: 1 });
    expect(ids.get(url("a"))).toBe([...bench.list.done()][0]?.id);
  });

  test("pathOf() finds a file as long as it is there", async () => {
    await using bench = await listBench();
    bench.list.submit(wanted("a"));
    await bench.fetching(1);
    bench.downloads.finish("content");
    await eventually(() => expect(bench.list.counts().done).toBe(1));
    const path = bench.folder.at("files", "a.zip");

    expect(bench.list.pathOf(url("a"))).toBe(path);
    expect(bench.list.pathOf(url("b"))).toBe(null);
    await rm(path);
    expect(bench.list.pathOf(url("a"))).toBe(null);
    await mkdir(path);
    expect(bench.list.pathOf(url("a"))).toBe(null);
  });

  test("pause() lets the next one begin, resume() gives the old place back", async () => {
    await using bench = await listBench();
    bench.list.submit(wanted("a", "b", "c"));
    await bench.fetching(1);
    const id = idOf(bench.list, "a");

    expect(bench.list.pause(id)).toBe(true);
    expect(bench.list.loading()).toBe(null);
    await bench.fetching(2);
    expect(bench.list.loading()).toMatchObject({ url: url("b") });
    expect(waitingIn(bench.list)).toEqual([url("a"), url("c")]);

    bench.list.resume(id);
    bench.downloads.finish("b");
    await bench.fetching(3);
    expect(bench.list.loading()).toMatchObject({ url: url("a") });
    expect(bench.downloads.orders[2]?.folder).toBe(bench.downloads.orders[0]?.folder);
  });

  test("pause() and resume() in one breath go on with the same file", async () => {
    await using bench = await listBench();
    bench.list.submit(wanted("a"));
    await bench.fetching(1);
    const id = idOf(bench.list, "a");

    bench.list.pause(id);
    bench.list.resume(id);

    await bench.fetching(2);
    expect(bench.list.loading()).toMatchObject({ url: url("a") });
    expect(bench.changes.at(-1)).toMatchObject({ kind: "loading" });
  });

  test("cancel() removes a download and what came of it, at work or waiting", async () => {
    await using bench = await listBench();
    bench.list.submit(wanted("a", "b", "c"));
    await bench.fetching(1);

    expect(bench.list.cancel(idOf(bench.list, "b"))).toBe(true);
    expect(bench.list.cancel(idOf(bench.list, "a"))).toBe(true);

    await bench.fetching(2);
    expect(bench.list.loading()).toMatchObject({ url: url("c") });
    await eventually(() => expect(readdirSync(bench.folder.at("files", ".partial"))).toHaveLength(1));
    expect(bench.list.counts()).toEqual({ open: 1, done: 0 });
  });

  test("pause(), resume() and cancel() of something unknown say so", async () => {
    await using bench = await listBench();

    expect([bench.list.pause("x"), bench.list.resume("x"), bench.list.cancel("x")]).toEqual([false, false, false]);
  });
});

describe("DownloadList after a restart", () => {
  test("a new DownloadList goes on with what was loading, in the folder it had, and keeps pauses", async () => {
    await using folder = await tempFolder();
    const before = await listBench({ folder });
    before.list.submit(wanted("a", "b"));
    await before.fetching(1);
    before.list.pause(idOf(before.list, "b"));
    await before.list.close();

    await using after = await listBench({ folder });
    await after.fetching(1);

    expect(after.downloads.orders[0]).toMatchObject({ url: url("a"), folder: before.downloads.orders[0]?.folder });
    expect([...after.list.waiting()]).toMatchObject([{ url: url("b"), paused: true }]);
  });

  test("a new DownloadList removes drafts of what is over, and nobody else's", async () => {
    await using folder = await tempFolder();
    const facts = [
      { kind: "sent", orders: [{ id: "old", url: url("a"), total: 5 }] },
      { kind: "gone", id: "old" },
    ];
    writeFileSync(folder.at("lists.jsonl"), facts.map((fact) => `${JSON.stringify(fact)}\n`).join(""));
    await folder.write({ "files/.partial/old/body": "half", "files/.partial/strange/body": "half" });

    await using bench = await listBench({ folder });

    await eventually(() => expect(readdirSync(bench.folder.at("files", ".partial"))).toEqual(["strange"]));
  });

  test.each([
    ["already had its name", ["d1.zip"]],
    ["had not got its name yet", []],
  ])("a new DownloadList fetches nothing again of a file that %s when the process was killed", async (_, named) => {
    await using folder = await tempFolder();
    const [file, path] = [folder.at("files", ".partial", "d1", "body"), folder.at("files", "d1.zip")];
    await folder.write({ "files/.partial/d1/body": "whole" });
    const facts = [
      { kind: "sent", orders: [{ id: "d1", url: url("a"), total: 5 }] },
      { kind: "placing", id: "d1", file, path, bytes: 5 },
    ];
    writeFileSync(folder.at("lists.jsonl"), facts.map((fact) => `${JSON.stringify(fact)}\n`).join(""));
    if (named.length > 0) {
      await rm(file);
      writeFileSync(path, "whole");
    }

    await using bench = await listBench({ folder });
    await eventually(() => expect(bench.list.counts()).toEqual({ open: 0, done: 1 }));

    expect(bench.downloads.orders).toEqual([]);
    expect(bench.list.pathOf(url("a"))).toBe(path);
    expect(await readFile(path, "utf8")).toBe("whole");
  });
});
