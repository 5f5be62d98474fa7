import { copyFile, cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Libsql from "libsql";
import type { Setup } from "./recorded.ts";

/** Where a PyTorrent installation lies; `archives` is null when its folder is missing. */
export type InstallationFiles = { database: string; statistics: string; archives: string | null };

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** The recording's installation as it is. */
export const PRISTINE: InstallationFiles = {
  database: here("database.db"),
  statistics: here("statistics.db"),
  archives: here("content"),
};

/** The archive that a setup puts where none was. */
const SPARE = "4000/1842570164.zip";

/** A copy of the installation, changed as a case's setup says. */
export async function arrangedInstallation(setup: Setup): Promise<InstallationFiles & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), "modfleet-installation-"));
  const files = {
    database: join(folder, "database.db"),
    statistics: join(folder, "statistics.db"),
    archives: setup.no_content_root ? null : join(folder, "content"),
  };
  await copyFile(PRISTINE.database, files.database);
  await copyFile(PRISTINE.statistics, files.statistics);
  await cp(here("content"), join(folder, "content"), { recursive: true });
  runSql(files.database, setup.sql);
  runSql(files.statistics, setup.stat_sql);
  await arrangeContent(join(folder, "content"), setup);
  return { ...files, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

async function arrangeContent(content: string, { zip_for, folder_for }: Setup): Promise<void> {
  if (zip_for !== undefined) {
    const [game, mod] = zip_for;
    await mkdir(join(content, game), { recursive: true });
    await copyFile(join(content, SPARE), join(content, game, `${mod}.zip`));
  }
  if (folder_for === "2050255611") {
    await cp(here("fixtures"), join(content, "244850", folder_for), { recursive: true });
  }
}

/** Runs a script on one of the copies, which enforce no foreign keys. */
export function runSql(path: string, sql: string | undefined): void {
  if (sql === undefined) return;
  const database = new Libsql(path);
  try {
    database.exec(`PRAGMA foreign_keys = OFF; ${sql}`);
  } finally {
    database.close();
  }
}
