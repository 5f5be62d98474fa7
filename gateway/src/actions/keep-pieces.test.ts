import { rm, truncate, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { honestZip } from "../../test/archives.ts";
import { bzip2Fixture } from "../../test/bzip2.ts";
import { testGateway } from "../../test/harness.ts";
import { KIB_256, piecesOf, zipOf } from "../../test/pieces.ts";
import { type HashFile, hashFile } from "../blobs/hash-file.ts";
import { createPieceKeeper } from "./keep-pieces.ts";

/** A library with one archive whose pieces nobody has made. */
async function anOldLibrary(bytes?: Buffer) {
  const gateway = await testGateway();
  const { version, zip } = await gateway.addArchive(bytes === undefined ? {} : { bytes });
  const { database, catalogue, blobs } = gateway.deps;
  await database.write({ sql: "DELETE FROM archive_pieces" });
  const stop = new AbortController();
  let reads = 0;
  /** Counts what is read; the real thing unless a test says otherwise. */
  const keeper = (hash: HashFile = hashFile, waitMs = 60_000) => {
    const counted: HashFile = (file, signal) => {
      reads += 1;
      return hash(file, signal);
    };
    return createPieceKeeper({ ...gateway.deps, signal: stop.signal, hash: counted }, waitMs);
  };
  return {
    ...{ gateway, version, zip, keeper, stop },
    path: blobs.path(version.archive.sha256) ?? "",
    stored: () => catalogue.pieces(version.archive.sha256),
    reads: () => reads,
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  };
}

/** Hashing that ends when the test says so. */
function slowly() {
  const { promise, resolve } = Promise.withResolvers<void>();
  const hash: HashFile = async (file, signal) => {
    await promise;
    return hashFile(file, signal);
  };
  return { hash, end: resolve };
}

test("createPieceKeeper() makes the pieces of an older archive once, and keeps them", async () => {
  await using library = await anOldLibrary((await zipOf(2 * KIB_256 + 1)).zip);
  const pieces = piecesOf(library.zip);
  const piecesOfVersion = library.keeper();

  const answers = await Promise.all([1, 2, 3].map(() => piecesOfVersion(library.version)));

  expect(answers).toEqual([1, 2, 3].map(() => ({ kind: "here", pieces })));
  expect(await library.stored()).toEqual(pieces);
  expect(await library.keeper()(library.version)).toEqual({ kind: "here", pieces });
  expect(library.reads()).toBe(1);
});

test.each([
  ["an agent packed", honestZip({ "a.txt": "deflated ".repeat(100) })],
  ["PyTorrent packed", Promise.resolve(bzip2Fixture("odd-names.zip"))],
])("createPieceKeeper() reads what %s", async (_who, zip) => {
  await using library = await anOldLibrary(await zip);

  expect(await library.keeper()(library.version)).toEqual({ kind: "here", pieces: piecesOf(await zip) });
});

test("createPieceKeeper() lets nobody wait for long, and goes on", async () => {
  await using library = await anOldLibrary();
  const slow = slowly();
  const impatient = library.keeper(slow.hash, 1);

  const [first, second] = [await impatient(library.version), await impatient(library.version)];
  slow.end();

  expect([first, second]).toEqual([1, 2].map(() => ({ kind: "later", retryAfterSeconds: 6 })));
  await expect.poll(library.stored, { timeout: 10_000 }).toEqual(piecesOf(library.zip));
  expect(library.reads()).toBe(1);
});

test.each([
  [5e9, 105],
  [64e9, 600],
])("createPieceKeeper() says of %d bytes when they may be read: in %d seconds", async (bytes, seconds) => {
  await using library = await anOldLibrary();
  const { archive } = library.version;
  library.gateway.deps.blobs.size = async () => bytes;
  const impatient = library.keeper(() => new Promise(() => {}), 1);

  const answer = await impatient({ ...library.version, archive: { ...archive, bytes } });

  expect(answer).toEqual({ kind: "later", retryAfterSeconds: seconds });
});

test.each<[string, (path: string) => Promise<void>]>([
  ["gone", (path) => rm(path)],
  ["cut short", (path) => truncate(path, 100)],
])("createPieceKeeper() says of an archive that is %s that it is damaged, and reads nothing", async (_what, damage) => {
  await using library = await anOldLibrary();
  await damage(library.path);

  expect(await library.keeper()(library.version)).toEqual({ kind: "damaged" });
  expect(library.reads()).toBe(0);
});

test("createPieceKeeper() says so of an archive that is lost after its pieces were kept", async () => {
  await using library = await anOldLibrary();
  await library.keeper()(library.version);
  await rm(library.path);

  expect(await library.keeper()(library.version)).toEqual({ kind: "damaged" });
});

test("createPieceKeeper() makes no torrent of an archive that rots on the disk", async () => {
  await using library = await anOldLibrary();
  await writeFile(library.path, Buffer.alloc(library.zip.length));

  expect(await library.keeper()(library.version)).toEqual({ kind: "damaged" });
  expect(await library.stored()).toBeNull();
});

test("createPieceKeeper() tries again after trouble of its own", async () => {
  await using library = await anOldLibrary();
  const troubled = library.keeper(() => Promise.reject(new Error("EIO")));

  const answers = [await troubled(library.version), await troubled(library.version)];

  expect(answers.map(({ kind }) => kind)).toEqual(["later", "later"]);
  expect(library.reads()).toBe(2);
  expect(await library.keeper()(library.version)).toMatchObject({ kind: "here" });
});

test("createPieceKeeper() reads one archive at a time, and lets only so many wait", async () => {
  await using library = await anOldLibrary();
  const { version, gateway, path } = library;
  const { blobs } = gateway.deps;
  blobs.size = async () => version.archive.bytes;
  blobs.path = () => path;
  const keep = library.keeper(() => new Promise(() => {}), 1);
  const others = Array.from({ length: 51 }, (_, n) => ({ ...version.archive, sha256: String(n).padStart(64, "0") }));

  const answers = await Promise.all(others.map((archive) => keep({ ...version, archive })));

  expect(library.reads()).toBe(1);
  const waits = answers.map((answer) => (answer.kind === "later" ? answer.retryAfterSeconds : 0));
  expect(waits.toSorted((a, b) => a - b)).toEqual([...Array.from({ length: 50 }, () => 6), 600]);
});

test("createPieceKeeper() gives up when the gateway stops", async () => {
  await using library = await anOldLibrary();
  library.stop.abort();

  expect(await library.keeper()(library.version)).toMatchObject({ kind: "later" });
  expect([library.reads(), await library.stored()]).toEqual([0, null]);
});

test("createPieceKeeper() stops reading when the gateway stops", async () => {
  await using library = await anOldLibrary();
  const begun = Promise.withResolvers<void>();
  const waiting: HashFile = (_file, signal) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
      begun.resolve();
    });

  const answer = library.keeper(waiting)(library.version);
  await begun.promise;
  library.stop.abort();

  expect(await answer).toMatchObject({ kind: "later" });
});
