import type { Database } from "./database.ts";

/** The value under `name`; the first gateway that asks decides it, all others read the same. */
export async function sharedSetting(database: Database, name: string, fresh: string): Promise<string> {
  const [, rows] = await database.batch([
    { sql: "INSERT INTO settings (name, value) VALUES (:name, :fresh) ON CONFLICT DO NOTHING", args: { name, fresh } },
    { sql: "SELECT value FROM settings WHERE name = :name", args: { name } },
  ]);
  return String(rows?.[0]?.["value"]);
}
