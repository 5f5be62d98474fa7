import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { newId } from "@modfleet/protocol";
import { expect, test } from "vitest";
import { tempFolder } from "../../test/archives.ts";
import { importForTest } from "../../test/pytorrent/import-for-test.ts";
import { PRISTINE } from "../../test/pytorrent/installation.ts";
import { testConfig } from "../../test/test-config.ts";
import { createDiskBlobs } from "../blobs/disk.ts";
import { createArchiveVerifier } from "../blobs/verifier.ts";
import { silentLog } from "../log.ts";
import { createCatalogueStore } from "../store/catalogue.ts";
import { createShelfStore } from "../store/create-shelf.ts";
import type { Database } from "../store/database.ts";
import { createEmbedded } from "../store/embedded.ts";
import { createAdoptTurn } from "./adopt.ts";

/** All that PyTorrent's interfaces show of mods and games. */
async function shown(database: Database) {
  const shelf = createShelfStore(database);
  const page = { limit: 10_000, offset: 0 };
  const any = { origins: [], name: "" };
  const mods = await shelf.shelfMods({
    ...{ ...page, ...any, tags: [], games: [], independent: false },
    sort: { by: "name", descending: false },
  });
  const games = await shelf.shelfGames({
    ...{ ...page, ...any, kinds: [], genres: [] },
    sort: { by: "name", descending: false },
  });
  return { mods, games, summary: await shelf.summary() };
}

test("createAdoptTurn() adopts a real installation, and PyTorrent's interfaces show what they showed", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "library.db");
  await importForTest(path, PRISTINE);
  const database = createEmbedded({ path });
  const catalogue = createCatalogueStore(database);
  const before = await shown(database);
  const waiting = await catalogue.listImported({ after: null, limit: 100 });

  await createAdoptTurn({
    ...{ config: testConfig({ blobsFolder: folder.path }), log: silentLog, now: Date.now, catalogue },
    newId: (prefix) => newId(prefix, randomBytes),
    blobs: createDiskBlobs({ root: folder.path, reserveBytes: 0, now: Date.now }),
    createVerifier: createArchiveVerifier,
  })(new AbortController().signal);

  expect(waiting).toHaveLength(12);
  expect(await catalogue.countImported()).toEqual({ archives: 0, bytes: 0 });
  const mods = await catalogue.findMods(waiting.map(({ mod }) => mod));
  expect(mods.map(({ current }) => current?.provenance.tool)).toEqual(waiting.map(() => "pytorrent"));
  expect(mods.every(({ current }) => current !== null && current.archive.entries > 0)).toBe(true);
  expect(before.mods.items.length).toBeGreaterThan(12);
  expect(await shown(database)).toEqual(before);
  await database.close();
});
