import { rm } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { honestZip, tempFolder, treeOf, type Written, writeArchive } from "../../test/archives.ts";
import { bzip2Contents, bzip2Fixture } from "../../test/bzip2.ts";
import { KIB_256, piecesOf, zipOf } from "../../test/pieces.ts";
import { type ArchiveVerifier, createArchiveVerifier, type VerifierOptions } from "./verifier.ts";

let folder = "";
let archive: Written & { tree: string };
const verifiers: ArchiveVerifier[] = [];

beforeAll(async () => {
  folder = (await tempFolder()).path;
  const files = { "a.txt": "hello", "b.txt": "world" };
  archive = { ...(await writeArchive(folder, await honestZip(files))), tree: treeOf(files) };
});
afterEach(() => Promise.all(verifiers.splice(0).map((verifier) => verifier.close())));
afterAll(() => rm(folder, { recursive: true, force: true }));

function verifier(options: VerifierOptions = {}): ArchiveVerifier {
  const made = createArchiveVerifier(options);
  verifiers.push(made);
  return made;
}

/** A worker whose first words are `code`. */
const workerOf = (code: string): URL => new URL(`data:text/javascript,${encodeURIComponent(code)}`);
const listening = `import { parentPort } from "node:worker_threads"; parentPort.on("message", () => {`;
const { signal } = new AbortController();

test("verify() checks an archive in another thread", async () => {
  const verdict = await verifier().verify({ ...archive, signal });

  expect(verdict).toMatchObject({ ok: true, tree: archive.tree, unpackedBytes: 10 });
  expect(verdict.ok && verdict.entries.map(({ path }) => path)).toEqual(["a.txt", "b.txt"]);
});

test("verify() brings the pieces' hashes out of the thread", async () => {
  const { zip, files } = await zipOf(3 * KIB_256 + 7);

  const verdict = await verifier().verify({ ...(await writeArchive(folder, zip)), tree: treeOf(files), signal });

  expect(verdict.ok && verdict.pieces).toEqual(piecesOf(zip));
});

test("verify() hands over a manifest of many batches in order", async () => {
  const names = Array.from({ length: 4_100 }, (_, i) => `f${String(i).padStart(5, "0")}`);
  const files = Object.fromEntries(names.map((name) => [name, ""]));
  const many = await writeArchive(folder, await honestZip(files, { compress: false }));

  const verdict = await verifier().verify({ ...many, tree: treeOf(files), signal });

  expect(verdict.ok && verdict.entries.map(({ path }) => path)).toEqual(names);
});

test.each([false, true])(
  "inspectTakenOver() says what is in an archive (in the background: %s)",
  async (isBackground) => {
    const bytes = bzip2Fixture("plain.zip");
    const { path, sha256 } = await writeArchive(folder, bytes);

    const found = await verifier({ isBackground }).inspectTakenOver({ path, bytes: bytes.length, signal });

    expect(found).toMatchObject({ ok: true, sha256, entries: bzip2Contents("plain.zip") });
  },
);

test("verify() reports progress of large archives", async () => {
  const files = { "large.bin": Buffer.alloc(40 * 1024 * 1024) };
  const large = await writeArchive(folder, await honestZip(files, { compress: false }));
  const seen: number[] = [];

  const onProgress = ({ bytes }: { bytes: number }) => seen.push(bytes);
  await verifier().verify({ ...large, tree: treeOf(files), signal, onProgress });

  expect(seen.length).toBeGreaterThan(1);
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
});

test("verify() takes more archives than it has threads, and goes on after a bad one", async () => {
  const { verify } = verifier({ threads: 1 });

  const lying = { ...archive, sha256: "0".repeat(64) };
  const verdicts = await Promise.all([archive, lying, archive].map((input) => verify({ ...input, signal })));

  expect(verdicts.map(({ ok }) => ok)).toEqual([true, false, true]);
  expect(verdicts[1]).toMatchObject({ code: "hash_mismatch" });
});

test.each([
  ["throws", `${listening} throw new Error("boom") });`],
  ["exits", `${listening} process.exit(3) });`],
  ["cannot start", "throw new Error('boom');"],
  ["runs out of memory", `${listening} const all = []; for (;;) all.push(new Array(1e6).fill(all.length)); });`],
])("verify() makes a verdict of a worker that %s", async (_what, code) => {
  const { verify } = verifier({ worker: workerOf(code), heapMb: 32 });

  const [first, second] = [await verify({ ...archive, signal }), await verify({ ...archive, signal })];

  expect(first).toMatchObject({ ok: false, code: "internal", fault: "crashed" });
  expect(second).toMatchObject({ ok: false, code: "internal", fault: "crashed" });
});

test("verify() ends a worker that hangs", async () => {
  const { verify } = verifier({ worker: workerOf(`${listening} for (;;); });`), stallMs: 50 });

  expect(await verify({ ...archive, signal })).toMatchObject({ ok: false, code: "internal", fault: "stalled" });
});

test("verify() ends a worker whose verdict nobody waits for, and frees its place", async () => {
  const { verify } = verifier({ worker: workerOf(`${listening} for (;;); });`), threads: 1 });
  const [running, waiting, third] = [new AbortController(), new AbortController(), new AbortController()];
  const verdicts = [running, waiting, third].map((controller) => verify({ ...archive, signal: controller.signal }));

  waiting.abort();
  const second = await verdicts[1];
  running.abort();
  const first = await verdicts[0];
  third.abort();
  const last = await verdicts[2];

  for (const verdict of [first, second, last]) expect(verdict).toMatchObject({ code: "internal", fault: "aborted" });
});

test("verify() does not start when it was aborted before", async () => {
  const verdict = await verifier().verify({ ...archive, signal: AbortSignal.abort() });

  expect(verdict).toMatchObject({ ok: false, fault: "aborted" });
});
