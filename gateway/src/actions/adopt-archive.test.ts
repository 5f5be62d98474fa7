import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, expect, test, vi } from "vitest";
import { sha256Of, tempFolder } from "../../test/archives.ts";
import { bzip2Contents, bzip2Fixture } from "../../test/bzip2.ts";
import { testGateway } from "../../test/harness.ts";
import { type TakenOver, takeOver } from "../../test/imported.ts";
import { aConnected } from "../../test/job-deps.ts";
import { lyingZip } from "../../test/lying-zip.ts";
import { piecesOf } from "../../test/pieces.ts";
import { createDiskBlobs } from "../blobs/disk.ts";
import { createArchiveVerifier } from "../blobs/verifier.ts";
import type { InspectTakenOver } from "../blobs/verify-archive.ts";
import type { Config } from "../config.ts";
import { cleanTurn } from "../loops/clean.ts";
import type { Imported } from "../store/imported.ts";
import { adoptArchive } from "./adopt-archive.ts";
import { heldArchive } from "./held-archive.ts";
import { requestMod } from "./request-mod.ts";

const verifier = createArchiveVerifier({ threads: 1 });
afterAll(() => verifier.close());
const { inspectTakenOver } = verifier;
const { signal } = new AbortController();
const PLAIN = bzip2Fixture("plain.zip");

/** A gateway with one archive taken over; `adopt` adopts it, with other dependencies where a test says so. */
async function aLibrary(given: Partial<TakenOver> & { config?: Partial<Config> } = {}) {
  const gateway = await testGateway(given.config === undefined ? {} : { config: given.config });
  const outside = await tempFolder();
  const row = await takeOver(gateway.deps, { folder: outside.path, ...given });
  const deps = { ...gateway.deps, inspectTakenOver };
  return {
    ...{ gateway, outside, row, deps },
    adopt: (changes: Partial<typeof deps> = {}, of: Imported = row) =>
      adoptArchive({ ...deps, ...changes }, of, signal),
    mod: async () => {
      const mod = await gateway.deps.catalogue.findMod(row.mod);
      if (mod === null) throw new Error("No mod");
      return mod;
    },
    uploads: () => readdir(join(gateway.deps.config.blobsFolder, "uploads")),
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await outside[Symbol.asyncDispose]();
    },
  };
}

test("adoptArchive() publishes the archive with its manifest and pieces, and leaves the file where it was", async () => {
  await using library = await aLibrary({ sourceUpdatedAt: 1_691_187_146_999 });

  expect(await library.adopt()).toBe("published");

  const { current, imported } = await library.mod();
  const sha256 = sha256Of(PLAIN);
  expect(imported).toBeNull();
  expect(current).toMatchObject({
    key: "1691187146",
    sourceUpdatedAt: 1_691_187_146_999,
    archive: { sha256, bytes: PLAIN.length, entries: 6 },
    provenance: { agent: null, tool: "pytorrent", manifest: null, fetchedAt: library.row.modifiedAt },
  });
  expect(await library.deps.catalogue.entries(sha256, { limit: 10 })).toEqual(bzip2Contents("plain.zip"));
  expect(await library.deps.catalogue.pieces(sha256)).toEqual(piecesOf(PLAIN));
  const blob = await library.deps.blobs.read(sha256);
  expect(blob && (await buffer(blob)).equals(PLAIN)).toBe(true);
  expect((await readFile(library.row.path)).equals(PLAIN)).toBe(true);
  expect(await library.uploads()).toEqual([]);
});

test("adoptArchive() removes what the import itself had zipped", async () => {
  await using folder = await tempFolder();
  await using library = await aLibrary({ config: { blobsFolder: folder.path } });
  const ours = join(folder.path, "imported", "42.zip");
  await mkdir(dirname(ours));
  await rename(library.row.path, ours);
  await library.deps.database.write({ sql: "UPDATE imported_archives SET path = :ours", args: { ours } });

  expect(await library.adopt({}, { ...library.row, path: ours })).toBe("published");

  expect(await readdir(dirname(ours))).toEqual([]);
});

test("adoptArchive() tells of a published version once, as every publishing does", async () => {
  await using library = await aLibrary();

  await library.adopt();

  const events = await library.deps.catalogue.events(0, 10);
  expect(events.filter(({ type }) => type === "version_published")).toHaveLength(1);
});

test("adoptArchive() keeps names that only PyTorrent's disk knew", async () => {
  await using library = await aLibrary({ bytes: bzip2Fixture("odd-names.zip") });

  expect(await library.adopt()).toBe("published");

  const entries = await library.deps.catalogue.entries(sha256Of(bzip2Fixture("odd-names.zip")), { limit: 10 });
  expect(entries).toEqual(bzip2Contents("odd-names.zip"));
});

test.each([
  ["cut short", PLAIN.subarray(0, 4_000)],
  ["changed in its middle", Buffer.concat([PLAIN.subarray(0, 2_000), Buffer.alloc(9), PLAIN.subarray(2_009)])],
  ["no archive at all", Buffer.from("<html>502 Bad Gateway</html>")],
])("adoptArchive() of a file that is %s makes the mod requestable again", async (_what, bytes) => {
  await using library = await aLibrary({ bytes });

  expect(await library.adopt()).toBe("damaged");

  expect(await library.mod()).toMatchObject({ current: null, imported: null });
  expect((await readFile(library.row.path)).equals(bytes)).toBe(true);
  expect(await library.uploads()).toEqual([]);
});

test.each([
  ["climbs out of its folder", lyingZip([{ name: "../a", content: "a" }])],
  ["has a link", lyingZip([{ name: "a", content: "/etc/passwd", attributes: (0o120777 << 16) >>> 0 }])],
  ["nobody can unpack", lyingZip([{ name: "a", content: "a", claims: { method: 98 } }])],
])("adoptArchive() lets an archive that %s be served as it is", async (_what, bytes) => {
  await using library = await aLibrary({ bytes });

  expect(await library.adopt()).toBe("kept");

  expect(await heldArchive(library.deps, await library.mod())).toMatchObject({ kind: "imported" });
});

test("adoptArchive() looks again at a file that changed since it was taken over", async () => {
  await using library = await aLibrary({ bytes: PLAIN.subarray(0, 4_000) });
  await writeFile(library.row.path, PLAIN);

  expect(await library.adopt()).toBe("changed");
  const [row] = await library.deps.catalogue.listImported({ after: null, limit: 1 });

  expect(row).toMatchObject({ bytes: PLAIN.length });
  expect(row && (await library.adopt({}, row))).toBe("published");
});

test("adoptArchive() does not trust a file that was touched", async () => {
  await using library = await aLibrary();
  await utimes(library.row.path, 1_000, 1_000);

  expect(await library.adopt()).toBe("changed");
  expect((await library.mod()).imported?.modifiedAt).toBe(1_000_000);
});

test("adoptArchive() forgets a file that is gone while others still lie beside it", async () => {
  await using library = await aLibrary();
  await rename(library.row.path, `${library.row.path}.old`);

  expect(await library.adopt()).toBe("missing");
  expect((await library.mod()).imported).toBeNull();
});

test.each(["its folder", "every file in it"])("adoptArchive() keeps the row while %s is gone", async (what) => {
  await using library = await aLibrary();
  await rm(what === "its folder" ? join(library.outside.path, "294100") : library.row.path, { recursive: true });

  expect(await library.adopt()).toBe("away");
  expect((await library.mod()).imported).not.toBeNull();
});

test("adoptArchive() leaves rows alone that another gateway's disk may hold", async () => {
  await using library = await aLibrary();
  const database = { url: "http://sqld:8080", token: null };
  await rename(library.row.path, `${library.row.path}.old`);

  expect(await library.adopt({ config: { ...library.deps.config, database } })).toBe("away");
  expect((await library.mod()).imported).not.toBeNull();
});

test("adoptArchive() waits for room", async () => {
  await using library = await aLibrary();
  const root = library.deps.config.blobsFolder;
  const full = createDiskBlobs({
    ...{ root, reserveBytes: 0, now: Date.now, shareBytes: async () => false },
    writeAll: () => Promise.reject(Object.assign(new Error("full"), { code: "ENOSPC" })),
  });

  expect(await library.adopt({ blobs: full })).toBe("disk_full");
  expect((await library.mod()).imported).not.toBeNull();
  expect(await library.uploads()).toEqual([]);
  expect(await library.adopt()).toBe("published");
});

test("adoptArchive() lets the database's full disk pass as well", async () => {
  await using library = await aLibrary();
  const saveEntries = () => Promise.reject(Object.assign(new Error("full"), { code: "SQLITE_FULL" }));

  expect(await library.adopt({ catalogue: { ...library.deps.catalogue, saveEntries } })).toBe("disk_full");
  expect(await library.adopt()).toBe("published");
});

test.each(["saveEntries", "savePieces", "publishImported"] as const)(
  "adoptArchive() does it all again after a crash before %s",
  async (step) => {
    await using library = await aLibrary();
    const crash = () => Promise.reject(new Error("killed"));
    const catalogue = { ...library.deps.catalogue, [step]: crash };

    await expect(library.adopt({ catalogue })).rejects.toThrow("killed");

    expect(await library.mod()).toMatchObject({ current: null, imported: { bytes: PLAIN.length } });
    expect(await library.adopt()).toBe("published");
  },
);

test("adoptArchive() of two gateways at once publishes once", async () => {
  await using library = await aLibrary();

  const outcomes = await Promise.all([library.adopt(), library.adopt()]);

  expect(outcomes.toSorted()).toEqual(["published", "taken"]);
  expect(await library.adopt()).toBe("taken");
  expect((await library.mod()).current?.archive.sha256).toBe(sha256Of(PLAIN));
});

test("adoptArchive() adds an older version without serving it when a newer one came meanwhile", async () => {
  await using library = await aLibrary({ item: { updatedAt: 1_600_000_000_000 } });
  const { version } = await library.gateway.addArchive({ item: { versionKey: "new", updatedAt: 1_700_000_000_000 } });

  expect(await library.adopt()).toBe("published");

  expect((await library.mod()).current?.key).toBe(version.key);
  expect(await library.deps.catalogue.findVersion(version.mod, "1600000000")).not.toBeNull();
});

test("adoptArchive() brings lost bytes of the same version back", async () => {
  await using library = await aLibrary();
  await library.adopt();
  await rm(library.deps.blobs.path(sha256Of(PLAIN)) ?? "");
  const row = await takeOver(library.deps, { folder: library.outside.path });

  expect(await library.adopt({}, row)).toBe("published");
  expect(await heldArchive(library.deps, await library.mod())).toMatchObject({ kind: "version" });
});

test("adoptArchive() gives its copy back when it is told to stop", async () => {
  await using library = await aLibrary();
  const stopping = new AbortController();
  const stopped: InspectTakenOver = (input) => {
    stopping.abort();
    return inspectTakenOver(input);
  };
  const deps = { ...library.deps, inspectTakenOver: stopped };

  expect(await adoptArchive(deps, library.row, stopping.signal)).toBe("interrupted");
  expect(await library.uploads()).toEqual([]);
  expect((await library.mod()).imported).not.toBeNull();
});

test("adoptArchive() keeps its copy young while it is read for hours", async () => {
  await using library = await aLibrary();
  // The sweeper goes by the times of files, which are real.
  library.gateway.tick(Date.now() - library.deps.now());
  const slow: InspectTakenOver = async (input) => {
    for (let n = 0; n < 5; n += 1) {
      library.gateway.tick(1_800_000);
      input.onProgress?.({ bytes: n, total: 5 });
    }
    await vi.waitFor(async () => expect((await stat(input.path)).mtimeMs).toBeGreaterThan(Date.now() + 3_600_000));
    await cleanTurn(library.deps);
    return inspectTakenOver(input);
  };

  expect(await library.adopt({ inspectTakenOver: slow })).toBe("published");
});

test("adoptArchive() says later when the archive could not be looked at", async () => {
  await using library = await aLibrary();
  const crashed: InspectTakenOver = async () => ({ ok: false, code: "internal", fault: "crashed", detail: "boom" });

  expect(await library.adopt({ inspectTakenOver: crashed })).toBe("later");
  expect((await library.mod()).imported).not.toBeNull();
});

test("requestMod() takes what PyTorrent left for current as long as Steam has nothing newer", async () => {
  await using library = await aLibrary({ item: { versionKey: "manifest" }, sourceUpdatedAt: 1_690_000_000_000 });
  const { row, gateway } = library;
  gateway.connected.push(aConnected());
  const request = async (updatedAt: number) => {
    const { name: title, ...mod } = await library.mod();
    const item = { ...mod, title, app: 294100, versionKey: "manifest", fileUrl: null, updatedAt };
    gateway.answers.set(row.mod, { kind: "found", item });
    return (await requestMod(gateway.deps, { id: row.mod, requester: "a" })).kind;
  };

  // Steam's newer time is in the row from the first time on; what counts is the time of the bytes.
  const before = [await request(1_690_000_000_000), await request(1_690_000_001_000), await request(1_690_000_001_000)];
  await library.adopt();
  const after = [await request(1_690_000_000_000), await request(1_690_000_001_000)];

  expect(before).toEqual(["ready", "queued", "queued"]);
  expect(after).toEqual(["ready", "queued"]);
});
