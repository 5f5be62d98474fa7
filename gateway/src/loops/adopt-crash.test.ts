import { fork } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sha256Of, tempFolder } from "../../test/archives.ts";
import { bzip2Contents, bzip2Fixture } from "../../test/bzip2.ts";
import { takeOver } from "../../test/imported.ts";
import { createCatalogueStore } from "../store/catalogue.ts";
import { createEmbedded } from "../store/embedded.ts";
import { migrate, readMigrations } from "../store/migrate.ts";

const ZIPS = ["plain.zip", "odd-names.zip"] as const;

/** Runs a process that adopts until `step` is done, and kills it there. What it said last. */
async function adoptUntil(folder: string, step: string): Promise<unknown> {
  const file = new URL("../../test/adopt-child.ts", import.meta.url);
  const child = fork(file, [folder, step], { execArgv: [], stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const gone = once(child, "exit");
  const [said]: unknown[] = await once(child, "message");
  child.kill("SIGKILL");
  await gone;
  return said;
}

test("createAdoptTurn() finishes in the end, wherever its process was killed before", async () => {
  await using folder = await tempFolder();
  const database = createEmbedded({ path: join(folder.path, "library.db") });
  await migrate(database, await readMigrations());
  const catalogue = createCatalogueStore(database);
  for (const [n, name] of ZIPS.entries()) {
    const item = { id: String(n + 1) };
    await takeOver({ database, catalogue }, { folder: join(folder.path, "outside"), item, bytes: bzip2Fixture(name) });
  }

  for (const step of ["copyIn", "commit", "publishImported", "end"]) {
    expect(await adoptUntil(folder.path, step)).toBe(step);
  }

  for (const [n, name] of ZIPS.entries()) {
    const sha256 = sha256Of(bzip2Fixture(name));
    expect(await catalogue.findMod(String(n + 1))).toMatchObject({ imported: null, current: { archive: { sha256 } } });
    expect(await catalogue.entries(sha256, { limit: 10 })).toEqual(bzip2Contents(name));
  }
  const events = await catalogue.events(0, 100);
  expect(events.filter(({ type }) => type === "version_published")).toHaveLength(ZIPS.length);
  // What the killed ones left behind is for the sweeper.
  expect((await readdir(join(folder.path, "uploads"))).length).toBeLessThanOrEqual(2);
  await database.close();
});
