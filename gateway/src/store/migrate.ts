import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import type { Database, Row } from "./database.ts";
import { splitScript } from "./sql-script.ts";

/** One step of the schema: the file `NNNN_name.sql`. */
export type Migration = { number: number; name: string; sql: string };

const FILE_NAME = /^(\d{4})_([a-z0-9_]+)\.sql$/;

/** The migrations that came with this code, in order. Throws when a file is misnamed or a number is there twice. */
export async function readMigrations(folder = new URL("../../migrations/", import.meta.url)): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql")).sort();
  const migrations = await Promise.all(names.map((name) => readMigration(folder, name)));
  const twice = migrations.find(({ number }, i) => number === migrations[i - 1]?.number);
  if (twice) throw new Error(`Could not order the migrations: ${twice.number} is there twice`);
  return migrations;
}

async function readMigration(folder: URL, file: string): Promise<Migration> {
  const [, number, name] = FILE_NAME.exec(file) ?? [];
  if (!number || !name) throw new Error(`Could not read a migration's number and name: ${file}`);
  return { number: Number(number), name, sql: await readFile(new URL(file, folder), "utf8") };
}

/**
 * Brings the schema up to date: each migration once, whole or not at all, however many gateways do it at the same time.
 * Returns the names of those this call ran. Refuses a database that newer code has migrated further.
 */
export async function migrate(database: Database, migrations: readonly Migration[]): Promise<string[]> {
  await database.write({
    sql: `CREATE TABLE IF NOT EXISTS migrations (
            number INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL
          ) STRICT`,
  });
  const rows = await database.read({ sql: "SELECT number, name FROM migrations ORDER BY number" });
  refuseNewer(rows, migrations);
  const done = new Set(rows.map((row) => row["number"]));
  const ran: string[] = [];
  for (const migration of migrations) {
    if (!done.has(migration.number) && (await runOne(database, migration))) ran.push(migration.name);
  }
  return ran;
}

/** False when another gateway was first. */
async function runOne(database: Database, { number, name, sql }: Migration): Promise<boolean> {
  const guard = {
    sql: "INSERT INTO migrations (number, name, sha256) VALUES (:number, :name, :sha256) ON CONFLICT DO NOTHING",
    args: { number, name, sha256: createHash("sha256").update(sql).digest("hex") },
  };
  const statements = splitScript(sql).map((text) => ({ sql: text }));
  try {
    return (await database.compareAndSet(guard, statements)) !== null;
  } catch (cause) {
    throw new Error(`Could not migrate the database: ${name}`, { cause });
  }
}

function refuseNewer(rows: readonly Row[], migrations: readonly Migration[]): void {
  const known = new Set(migrations.map(({ number }) => number));
  const newer = rows.find((row) => typeof row["number"] !== "number" || !known.has(row["number"]));
  if (newer) {
    const name = `${newer["number"]} ${newer["name"]}`;
    throw new Error(`Could not use this database: it was migrated by a newer version of modfleet (migration ${name})`);
  }
}
