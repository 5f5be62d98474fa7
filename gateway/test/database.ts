import type { Database } from "../src/store/database.ts";
import { createEmbedded } from "../src/store/embedded.ts";
import type { Migration } from "../src/store/migrate.ts";
import { migrate, readMigrations } from "../src/store/migrate.ts";

let migrations: Promise<Migration[]> | null = null;

/** A fresh database in memory with the whole schema. */
export async function testDatabase(): Promise<Database> {
  migrations ??= readMigrations();
  const database = createEmbedded({ path: ":memory:" });
  await migrate(database, await migrations);
  return database;
}
