import { readdir, readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { anItem } from "../../../test/fake-steam-api.ts";
import { steamcmdStage } from "../../../test/fake-steamcmd-engine.ts";
import { getWorld, PATIENT } from "../../../test/get-world.ts";
import { CONTENT, LONG, serve, serving } from "../../../test/http-file-server.ts";

const items = Object.fromEntries(["42", "43", "44", "45"].map((id) => [id, anItem({ title: `Mod ${id}` })]));
const COLLECTION = anItem({ creator_app_id: 766, title: "All of them" });

test("getCommand() fetches what a collection names, nested ones too, each item once, and reports what is gone", async () => {
  const all = await getWorld({
    items: { ...items, "500": COLLECTION, "501": COLLECTION },
    collections: { "500": ["43", "501", "99"], "501": ["42", "43", "500"] },
  });
  const page = "https://steamcommunity.com/workshop/filedetails/?id=500";

  expect(await all.get(["42", page], { json: true })).toBe(1);

  expect(await all.here()).toEqual(["Mod 42-42.zip", "Mod 43-43.zip"]);
  expect(all.results()).toMatchObject([
    { ok: true, target: "42", id: "42" },
    { ok: true, target: page, id: "43", collection: "500" },
    { ok: false, kind: "workshop", target: page, id: "99", collection: "500" },
  ]);
  expect(all.err()).toContain("Cannot fetch 99: Steam has no item 99");
});

test("getCommand() writes a collection into a folder only", async () => {
  const all = await getWorld({ items: { ...items, "500": COLLECTION }, collections: { "500": ["42", "43"] } });

  await all.folder.write({ "here/one.zip": "" });

  expect(await all.get("500", { output: "one.zip", force: true })).toBe(2);
  expect(all.err()).toBe(
    "Cannot write to one.zip: it exists and is none, but with several targets, a collection or a torrent, -o names a folder. Choose another name\n",
  );
  expect(all.engine.fetched).toEqual([]);
  expect(await all.get("500", { output: "deep/mods" })).toBe(0);
  expect(await readdir(all.folder.at("here", "deep", "mods"))).toHaveLength(2);
});

test("getCommand() makes the folder for several, and takes it back where nothing comes into it", async () => {
  const all = await getWorld({ items });

  expect(await all.get(["42", "43"], { output: "mods" })).toBe(0);
  expect((await readdir(all.folder.at("here", "mods"))).toSorted()).toEqual(["Mod 42-42.zip", "Mod 43-43.zip"]);

  const failing = { createEngine: () => Promise.reject(new Error("No SteamCMD")) };
  expect(await all.get(["44", "45"], { output: "deep/more" }, failing)).toBe(1);
  expect(await all.here()).toEqual(["mods"]);
});

test.each(["single/", "deep/single/"])("getCommand() takes %s for a folder by its slash", async (output) => {
  const all = await getWorld({ items });
  const { url } = await serving(serve(CONTENT));

  expect(await all.get(url, { output })).toBe(0);
  expect(await readFile(all.folder.at("here", output, "map.bsp"), "utf8")).toBe(CONTENT);
});

test("getCommand() leaves no scratch folder that it has made, and one with other things in it alone", async () => {
  const all = await getWorld({ items });
  const scratch = all.folder.at("deep", "data", "scratch");

  expect(await all.get(["42", "43"], {}, { scratch })).toBe(0);
  expect((await readdir(all.folder.path)).toSorted()).toEqual(["here"]);

  await all.folder.write({ "deep/data/scratch/mine": "" });
  expect(await all.get(["42", "43"], { force: true }, { scratch })).toBe(0);
  expect(await readdir(scratch)).toEqual(["mine"]);
});

test("getCommand() says that a collection is empty", async () => {
  const all = await getWorld({ items: { "500": COLLECTION }, collections: { "500": [] } });

  expect(await all.get("500")).toBe(1);
  expect(all.err()).toBe("Collection 500 is empty. Name another\n");
});

test("getCommand() downloads beside Workshop items, which come one after the other", async () => {
  const all = await getWorld({ waits: true, items });
  const { url } = await serving(serve(CONTENT));

  const ending = all.get(["42", "43", url, `${url}b.zip`]);
  await expect.poll(() => all.out(), PATIENT).toMatch(/map\.bsp/);
  expect(all.engine.fetched).toHaveLength(1);
  all.engine.release();
  await expect.poll(() => all.engine.fetched.length, PATIENT).toBe(2);
  all.engine.release();

  // Both addresses have a file of the same name: the second one is in the way.
  expect(await ending).toBe(1);
  expect(await all.here()).toEqual(["Mod 42-42.zip", "Mod 43-43.zip", "map.bsp"]);
  expect(all.err()).toContain("42: Fetching Mod 42\n");
  expect(all.err()).toContain("Downloading map.bsp");
});

test("getCommand() works at four things at once at most", async () => {
  const all = await getWorld();
  let [running, most] = [0, 0];
  const { url } = await serving((request, response) => {
    if (request.method === "HEAD") return void response.writeHead(405).end();
    running += 1;
    most = Math.max(most, running);
    setImmediate(() => {
      running -= 1;
      response.writeHead(404).end();
    });
  });

  expect(await all.get(Array.from({ length: 12 }, (_, at) => `${url}${at}.zip`))).toBe(1);
  expect(most).toBeLessThanOrEqual(4);
  expect(all.err().match(/The source has no such file/g)).toHaveLength(12);
});

test("getCommand() lists everything that is wrong before anything is fetched", async () => {
  const all = await getWorld();

  expect(await all.get(["42", "x", "ftp://a.example/b", "42"], { output: "/dev/null", json: true })).toBe(2);

  expect(all.err().trimEnd().split("\n")).toEqual([
    expect.stringMatching(/^Cannot read "x": give a Workshop id/),
    expect.stringMatching(/^Cannot read "ftp:\/\/a\.example\/b": give/),
    expect.stringMatching(/^Cannot write \/dev\/null: it exists and is no file\./),
  ]);
  expect(all.results()).toMatchObject([{ ok: false, target: "x" }, { ok: false }, { ok: false }]);
  expect(all.steam.asked).toEqual([]);
});

test("getCommand() takes what it has written for done when the command was broken off, and only then", async () => {
  const all = await getWorld({ items });
  const { url } = await serving(
    serve(LONG, { instead: ({ turn, response }) => turn === 1 && response.writeHead(200).write("0000") }),
  );
  const ending = all.get(["42", url]);
  await expect.poll(() => all.out(), PATIENT).toContain("Wrote");
  await expect.poll(() => all.err(), PATIENT).toContain("Downloading map.bsp");
  all.interrupt();
  expect(await ending).toBe(130);

  const { signal } = new AbortController();
  expect(await all.get(["42", url], {}, { signal })).toBe(0);
  expect(all.out()).toContain(`Have ${all.folder.at("here", "Mod 42-42.zip")} (`);
  expect(all.engine.fetched).toHaveLength(1);
  expect(await all.waiting()).toEqual([]);

  expect(await all.get(["42", url], {}, { signal })).toBe(2);
  expect(all.err().match(/exists already/g)).toHaveLength(2);
});

test("getCommand() tells every target of an interrupted command to scripts, and a person once", async () => {
  const all = await getWorld({ waits: true, items });
  const ending = all.get(["42", "43", "44"], { json: true });
  await expect.poll(() => all.engine.fetched.length, PATIENT).toBe(1);
  all.interrupt();

  expect(await ending).toBe(130);
  expect(all.results()).toMatchObject(["42", "43", "44"].map((target) => ({ ok: false, target, code: null })));
  expect(all.err().match(/Interrupted/g)).toHaveLength(1);
});

test("getCommand() tells every target as well when it is interrupted while it asks Steam", async () => {
  const all = await getWorld({ items });
  const asking: typeof fetch = (input, init) => {
    all.interrupt();
    return fetch(input, init);
  };

  expect(await all.get(["42", "43", "http://a.example/b.zip"], { json: true }, { fetch: asking })).toBe(130);
  expect(all.results()).toMatchObject(["42", "43", "http://a.example/b.zip"].map((target) => ({ ok: false, target })));
  expect(all.err()).toBe("Interrupted. What arrived is kept: the same command goes on from there\n");
});

test("getCommand() goes on from SteamCMD's own partial download", async () => {
  const stage = await steamcmdStage({
    items: { "42": { bytes: 300_000, behaviour: ["slow", "ok"] } },
    stepBytes: 1_000,
    stepMs: 5,
  });
  const all = await getWorld({
    items: { "42": anItem({ title: "Mod 42", file_size: "300000" }) },
    workshop: stage.engine,
  });
  const ending = all.get("42");
  await expect.poll(() => all.err(), PATIENT).toMatch(/Fetching Mod 42: .*kB/);
  all.interrupt();
  expect(await ending).toBe(130);
  const [kept = ""] = await all.waiting();
  const part = all.folder.at(
    "scratch",
    kept,
    "job",
    "steam",
    "steamapps",
    "workshop",
    "downloads",
    "294100",
    "42",
    "part",
  );
  expect((await readFile(part)).length).toBeGreaterThan(0);

  expect(await all.get("42", {}, { signal: new AbortController().signal })).toBe(0);
  expect(await all.here()).toEqual(["Mod 42-42.zip"]);
  const folders = stage.fake.runs().map(({ argv }) => argv[argv.indexOf("+force_install_dir") + 1]);
  expect(new Set(folders.slice(-2)).size).toBe(1);
  expect(await all.waiting()).toEqual([]);
});

test("getCommand() keeps what arrived of an item when Steam is too slow, and says so", async () => {
  const all = await getWorld({ waits: true, items });
  const ending = all.get("42");
  await expect.poll(() => all.engine.fetched.length, PATIENT).toBe(1);
  all.engine.release({ kind: "failed", failure: { code: "steam_timeout", detail: "" } });

  expect(await ending).toBe(1);
  expect(all.err()).toMatch(/Steam was too slow.*What arrived is kept: the same command goes on from there\n$/);
  expect(await all.waiting()).toHaveLength(1);
});
