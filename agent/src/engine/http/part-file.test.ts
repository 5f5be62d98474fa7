import { existsSync } from "node:fs";
import { link, readFile, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../../../test/http-file-server.ts";
import { type Disk, nodeDisk, openPartFile, type PartState, removePartFile } from "./part-file.ts";

const state: PartState = {
  ...{ urls: ["http://a.test/"], total: 10, etag: '"one"', lastModified: null, name: "a.zip", sha256: null },
  written: [],
};
const half = { ...state, written: [{ from: 0, to: 5 }] };

async function aPart(disk?: Disk) {
  const folder = join(await tempFolder(), "part");
  return { folder, part: await openPartFile(folder, disk) };
}

/** A part file with its first half written and remembered. */
async function aHalf() {
  const { folder, part } = await aPart();
  await part.begin(10, state);
  await part.write([Buffer.from("01"), Buffer.from("234")], 0);
  await part.checkpoint(half);
  await part.close();
  return folder;
}

test("openPartFile() finds what an earlier run has left", async () => {
  const folder = await aHalf();

  const part = await openPartFile(folder);

  expect(part.left()).toEqual(half);
  expect((await readFile(part.body)).subarray(0, 5).toString()).toBe("01234");
  await part.close();
});

test.each([
  ["a journal cut in the middle", async (folder: string) => truncate(join(folder, "journal.json"), 20)],
  ["a body of another size", async (folder: string) => truncate(join(folder, "body"), 9)],
  [
    "ranges outside the file",
    async (folder: string) =>
      writeFile(join(folder, "journal.json"), JSON.stringify({ ...state, written: [{ from: 0, to: 11 }] })),
  ],
])("openPartFile() does not believe %s", async (_, damage) => {
  const folder = await aHalf();
  await damage(folder);

  const part = await openPartFile(folder);

  expect(part.left()).toBeNull();
  await part.close();
});

test("begin() forgets the old bytes before it touches them", async () => {
  const order: string[] = [];
  const folder = await aHalf();
  const journal = join(folder, "journal.json");
  const part = await openPartFile(folder, {
    ...nodeDisk,
    async open(path, flags) {
      const file = await nodeDisk.open(path, flags);
      const note = async (): Promise<void> => void order.push(existsSync(journal) ? "remembered" : "forgotten");
      return {
        ...{ writev: (chunks, at) => file.writev(chunks, at), datasync: () => file.datasync() },
        ...{ stat: () => file.stat(), close: () => file.close() },
        truncate: async (bytes) => {
          await note();
          await file.truncate(bytes);
        },
      };
    },
  });

  await part.begin(20, null);

  expect(order).toEqual(["forgotten", "forgotten"]);
  expect(part.left()).toBeNull();
  await part.close();
});

test("checkpoint() waits for the bytes before it says that they are there", async () => {
  const seen: unknown[] = [];
  const { folder, part } = await aPart({
    ...nodeDisk,
    async open(path, flags) {
      const file = await nodeDisk.open(path, flags);
      return {
        ...{ writev: (chunks, at) => file.writev(chunks, at), truncate: (bytes) => file.truncate(bytes) },
        ...{ stat: () => file.stat(), close: () => file.close() },
        datasync: async () => {
          seen.push(JSON.parse(await readFile(join(folder, "journal.json"), "utf8")));
          await file.datasync();
        },
      };
    },
  });
  await part.begin(10, state);

  await part.checkpoint(half);

  expect(seen).toEqual([state]);
  expect(JSON.parse(await readFile(join(folder, "journal.json"), "utf8"))).toEqual(half);
  await part.close();
});

test("openPartFile() never touches a file that has its name already", async () => {
  const folder = await aHalf();
  const finished = join(folder, "../a.zip");
  await link(join(folder, "body"), finished);

  const part = await openPartFile(folder);
  await part.begin(3, state);
  await part.close();

  expect((await stat(finished)).size).toBe(10);
});

test("begin() takes the room at once, or says that there is none", async () => {
  const { part } = await aPart({ ...nodeDisk, freeBytes: async () => 9 });

  await expect(part.begin(10, state)).rejects.toMatchObject({ code: "ENOSPC" });
  await part.close();
});

test("write() goes on where the disk took only a part", async () => {
  const { part } = await aPart({
    ...nodeDisk,
    async open(path, flags) {
      const file = await nodeDisk.open(path, flags);
      return {
        ...{ truncate: (bytes) => file.truncate(bytes), datasync: () => file.datasync() },
        ...{ stat: () => file.stat(), close: () => file.close() },
        writev: async ([first = Buffer.alloc(0)], at) => await file.writev([first.subarray(0, 2)], at),
      };
    },
  });
  await part.begin(9, state);

  await part.write([Buffer.from("abcde"), Buffer.from("fghi")], 0);

  expect(await readFile(part.body, "utf8")).toBe("abcdefghi");
  await part.close();
});

test("removePartFile() leaves nothing, also where nothing is", async () => {
  const folder = await aHalf();

  await removePartFile(folder);
  await removePartFile(folder);

  expect(existsSync(folder)).toBe(false);
});
