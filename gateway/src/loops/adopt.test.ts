import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { tempFolder } from "../../test/archives.ts";
import { bzip2Fixture } from "../../test/bzip2.ts";
import { testGateway } from "../../test/harness.ts";
import { type TakenOver, takeOver } from "../../test/imported.ts";
import { lyingZip } from "../../test/lying-zip.ts";
import { createArchiveVerifier } from "../blobs/verifier.ts";
import type { Log, LogFields } from "../log.ts";
import { createAdoptTurn } from "./adopt.ts";

const { signal } = new AbortController();

async function aLibrary() {
  const said: { message: string; fields: LogFields }[] = [];
  const note = (message: string, fields: LogFields = {}) => void said.push({ message, fields });
  const log: Log = { debug() {}, info: note, warn: note, error: note, with: () => log };
  const gateway = await testGateway({ log });
  const outside = await tempFolder();
  // Of normal priority: tests share the processor with others.
  const deps = { ...gateway.deps, createVerifier: createArchiveVerifier };
  return {
    ...{ gateway, deps, outside, said },
    add: (id: string, given: Partial<TakenOver> = {}) =>
      takeOver(deps, { folder: outside.path, ...given, item: { id, ...given.item } }),
    left: async () => (await deps.catalogue.listImported({ after: null, limit: 100 })).map(({ mod }) => mod),
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await outside[Symbol.asyncDispose]();
    },
  };
}

test("createAdoptTurn() adopts everything, those asked for last first, and says how far it is", async () => {
  await using library = await aLibrary();
  const { deps } = library;
  for (let n = 1; n <= 25; n += 1) {
    await library.add(String(n), { requestedAt: n * 1_000, bytes: bzip2Fixture("zip64.zip") });
  }
  const published: string[] = [];
  const catalogue: typeof deps.catalogue = {
    ...deps.catalogue,
    publishImported(row, publication) {
      published.push(row.mod);
      library.gateway.tick(10_000);
      return deps.catalogue.publishImported(row, publication);
    },
  };

  await createAdoptTurn({ ...deps, catalogue })(signal);

  expect(published).toEqual(Array.from({ length: 25 }, (_, n) => String(25 - n)));
  expect(await library.left()).toEqual([]);
  const lines = library.said.filter(({ message }) => message === "Adopting archives that were taken over");
  expect(lines).toHaveLength(5);
  expect(lines.at(0)?.fields).toMatchObject({ archives: 6, of: 25, bytes: 6 * 193, ofBytes: 25 * 193, published: 6 });
  expect(lines.at(-1)?.fields).toMatchObject({ archives: 25, of: 25 });
});

test("createAdoptTurn() goes on behind what it cannot adopt, and leaves that alone for a while", async () => {
  await using library = await aLibrary();
  await library.add("1", { requestedAt: 3, bytes: lyingZip([{ name: "../a" }]) });
  await library.add("2", { requestedAt: 2, bytes: Buffer.from("damaged") });
  await library.add("3", { requestedAt: 1 });
  const turn = createAdoptTurn(library.deps);

  await turn(signal);
  await turn(signal);
  const once = library.said.length;
  library.gateway.tick(86_400_001);
  await turn(signal);

  expect(await library.left()).toEqual(["1"]);
  expect((await library.deps.catalogue.findMod("3"))?.current).not.toBeNull();
  expect((await library.deps.catalogue.findMod("2"))?.current).toBeNull();
  expect(once).toBe(3);
  expect(library.said).toHaveLength(4);
  expect(library.said[0]).toMatchObject({
    message: "An archive taken over is served as it is, without a manifest",
    fields: { mod: "1", path: expect.stringContaining("1.zip"), reason: "traversal: ../a" },
  });
});

test("createAdoptTurn() waits for a folder that is not there, and goes on once it is", async () => {
  await using library = await aLibrary();
  await library.add("1");
  await library.add("2");
  const [folder, away] = [join(library.outside.path, "294100"), join(library.outside.path, "away")];
  const turn = createAdoptTurn(library.deps);

  await rename(folder, away);
  await turn(signal);
  // What a disk that is not mounted looks like.
  await mkdir(folder);
  library.gateway.tick(600_001);
  await turn(signal);
  expect(await library.left()).toHaveLength(2);
  expect(library.said).toEqual([expect.objectContaining({ fields: { folder } })]);

  await rm(folder, { recursive: true });
  await rename(away, folder);
  library.gateway.tick(600_001);
  await turn(signal);
  expect(await library.left()).toEqual([]);
});

test("createAdoptTurn() lets what has no room wait, goes on with what is smaller, and loses nothing", async () => {
  await using library = await aLibrary();
  await library.add("1", { requestedAt: 4 });
  await library.add("2", { requestedAt: 3 });
  await library.add("3", { requestedAt: 2, bytes: bzip2Fixture("zip64.zip") });
  const { deps } = library;
  let room = 1_000;
  const copyIn = vi.fn<typeof deps.blobs.copyIn>(async (upload, from) =>
    from.bytes > room ? "disk_full" : deps.blobs.copyIn(upload, from),
  );
  const turn = createAdoptTurn({ ...deps, blobs: { ...deps.blobs, copyIn } });

  await turn(signal);
  await turn(signal);
  expect(await library.left()).toEqual(["1", "2"]);
  expect(copyIn.mock.calls.map(([, { bytes }]) => bytes > room)).toEqual([true, false, true]);
  expect(library.said.filter(({ message }) => message.startsWith("No room"))).toHaveLength(1);

  room = 1_000_000;
  await turn(signal);
  expect(await library.left()).toEqual([]);
});

test("createAdoptTurn() goes on after a failure on our side", async () => {
  await using library = await aLibrary();
  await library.add("1", { requestedAt: 2 });
  await library.add("2", { requestedAt: 1 });
  const { deps } = library;
  const commit = vi.fn(deps.blobs.commit).mockRejectedValueOnce(new Error("broken disk"));
  const turn = createAdoptTurn({ ...deps, blobs: { ...deps.blobs, commit } });

  await turn(signal);
  expect(await library.left()).toEqual(["1"]);
  expect(library.said[0]?.message).toBe("Adopting an archive failed on our side");

  library.gateway.tick(86_400_001);
  await turn(signal);
  expect(await library.left()).toEqual([]);
});

test("createAdoptTurn() stops in the middle of an archive when the gateway does", async () => {
  await using library = await aLibrary();
  await library.add("1");
  await library.add("2");
  const stopping = new AbortController();
  const { deps } = library;
  const copyIn: typeof deps.blobs.copyIn = (...args) => {
    stopping.abort();
    return deps.blobs.copyIn(...args);
  };

  await createAdoptTurn({ ...deps, blobs: { ...deps.blobs, copyIn } })(stopping.signal);

  expect(await library.left()).toHaveLength(2);
  expect(library.said).toEqual([]);
});

test("createAdoptTurn() that finds nothing to do says nothing", async () => {
  await using library = await aLibrary();

  await createAdoptTurn(library.deps)(signal);

  expect(library.said).toEqual([]);
});
