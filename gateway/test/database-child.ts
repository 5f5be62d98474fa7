import { writeSync } from "node:fs";
import { createEmbedded } from "../src/store/embedded.ts";
import { migrate, readMigrations } from "../src/store/migrate.ts";

// Another process on the same database file: `database-child.ts migrate FILE` or `database-child.ts write FILE LABEL`.
const [mode, path = "", label = ""] = process.argv.slice(2);

if (mode === "migrate") await migrateOnce();
if (mode === "write") await writeForEver();

async function migrateOnce(): Promise<void> {
  const database = createEmbedded({ path });
  console.log(JSON.stringify(await migrate(database, await readMigrations())));
  await database.close();
}

/** Prints a row's key only after its write was acknowledged; ends by being killed. */
async function writeForEver(): Promise<void> {
  const database = createEmbedded({ path });
  let n = 0;
  const writer = async (): Promise<never> => {
    for (;;) {
      n += 1;
      const key = `${label}-${n}`;
      await database.write({ sql: "INSERT INTO acknowledged (key) VALUES (:key)", args: { key } });
      writeSync(1, `${key}\n`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, writer));
}
