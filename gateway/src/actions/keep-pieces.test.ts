import { rm, truncate, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { honestZip } from "../../test/archives.ts";
import { bzip2Fixture } from "../../test/bzip2.ts";
import { testGateway } from "../../test/harness.ts";
import { KIB_256, piecesOf, zipOf } from "../../test/pieces.ts";
import { createArchiveVerifier } from "../blobs/verifier.ts";
import type { Inspected, InspectTakenOver } from "../blobs/verify-archive.ts";
import { refused } from "../blobs/zip/refusal.ts";
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
  const keeper = (inspect: InspectTakenOver | null = null, waitMs = 60_000) =>
    createPieceKeeper(
      {
        ...gateway.deps,
        signal: stop.signal,
        createVerifier() {
          // Of normal priority: tests share the processor with others.
          const { inspectTakenOver, close } = createArchiveVerifier({ threads: 1 });
          const counted: InspectTakenOver = (input) => {
            reads += 1;
            return (inspect ?? inspectTakenOver)(input);
          };
          return { inspectTakenOver: counted, close };
        },
      },
      waitMs,
    );
  return {
    ...{ gateway, version, zip, keeper, stop },
    path: blobs.path(version.archive.sha256) ?? "",
    stored: () => catalogue.pieces(version.archive.sha256),
    reads: () => reads,
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  };
}

/** An inspection that ends when the test says so, and tells when it began. */
function slowly(verdict: Inspected) {
  const begun = Promise.withResolvers<void>();
  const end = Promise.withResolvers<Inspected>();
  const inspect: InspectTakenOver = () => {
    begun.resolve();
    return end.promise;
  };
  return { inspect, begun: begun.promise, end: () => end.resolve(verdict) };
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
  const pieces = piecesOf(library.zip);
  const { sha256 } = library.version.archive;
  const slow = slowly({ ok: true, sha256, pieces, entries: [], tree: sha256, unpackedBytes: 0 });
  const impatient = library.keeper(slow.inspect, 1);

  const [first, second] = [await impatient(library.version), await impatient(library.version)];
  slow.end();

  expect([first, second]).toEqual([1, 2].map(() => ({ kind: "later", retryAfterSeconds: 6 })));
  await expect.poll(library.stored).toEqual(pieces);
  expect(library.reads()).toBe(1);
});

test("createPieceKeeper() says later for a large archive when it may be done", async () => {
  await using library = await anOldLibrary();
  const slow = slowly(refused("aborted", ""));
  const { archive } = library.version;
  const large = { ...library.version, archive: { ...archive, bytes: 5e9 } };
  const blobs = { ...library.gateway.deps.blobs, size: async () => 5e9 };
  const createVerifier = () => ({ inspectTakenOver: slow.inspect, close: async () => {} });
  const impatient = createPieceKeeper(
    { ...library.gateway.deps, blobs, signal: library.stop.signal, createVerifier },
    1,
  );

  expect(await impatient(large)).toEqual({ kind: "later", retryAfterSeconds: 105 });
  slow.end();
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

test.each<[string, (zip: Buffer) => Promise<Buffer> | Buffer]>([
  ["rotten", (zip) => Buffer.alloc(zip.length)],
  ["another one of the same size", () => honestZip({ "About/About.xml": "<Other />", "Textures/häuser.txt": "x" })],
])("createPieceKeeper() makes no torrent of an archive that is %s", async (_what, damage) => {
  await using library = await anOldLibrary();
  const other = await damage(library.zip);
  const bytes = other.length;
  await writeFile(library.path, other);
  const { version } = library;
  const blobs = { ...library.gateway.deps.blobs, size: async () => bytes };
  const keep = createPieceKeeper({ ...library.gateway.deps, blobs, signal: library.stop.signal });

  expect(await keep({ ...version, archive: { ...version.archive, bytes } })).toEqual({ kind: "damaged" });
  expect(await library.stored()).toBeNull();
});

test("createPieceKeeper() tries again after trouble of its own", async () => {
  await using library = await anOldLibrary();
  const verdicts = [() => Promise.resolve(refused("crashed", "")), () => Promise.reject(new Error("full"))];
  const troubled = library.keeper(() => (verdicts.shift() ?? (() => Promise.resolve(refused("stalled", ""))))());

  const answers = [await troubled(library.version), await troubled(library.version), await troubled(library.version)];

  expect(answers.map(({ kind }) => kind)).toEqual(["later", "later", "later"]);
  expect(await library.keeper()(library.version)).toMatchObject({ kind: "here" });
});

test("createPieceKeeper() reads one archive at a time, and lets only so many wait", async () => {
  await using library = await anOldLibrary();
  const slow = slowly(refused("aborted", ""));
  const keep = library.keeper(slow.inspect, 1);
  const { version } = library;
  const named = (n: number) => ({ ...version.archive, sha256: String(n).padStart(64, "0") });
  const blobs = library.gateway.deps.blobs;
  const { size, path } = blobs;
  blobs.size = async () => version.archive.bytes;
  blobs.path = () => library.path;

  const answers = await Promise.all(Array.from({ length: 51 }, (_, n) => keep({ ...version, archive: named(n) })));
  const readsMeanwhile = library.reads();
  library.stop.abort();
  slow.end();

  expect(readsMeanwhile).toBe(1);
  const waits = answers.map((answer) => (answer.kind === "later" ? answer.retryAfterSeconds : 0));
  expect(waits.filter((seconds) => seconds === 600)).toHaveLength(1);
  expect(waits.filter((seconds) => seconds === 6)).toHaveLength(50);
  Object.assign(blobs, { size, path });
});

test("createPieceKeeper() gives up when the gateway stops", async () => {
  await using library = await anOldLibrary();
  library.stop.abort();

  expect(await library.keeper()(library.version)).toMatchObject({ kind: "later" });
  expect(await library.stored()).toBeNull();
});
