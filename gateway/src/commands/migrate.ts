import type { Command } from "commander";
import { openDatabase } from "../services.ts";
import { migrate, readMigrations } from "../store/migrate.ts";
import type { CliContext } from "./context.ts";

/** `migrate`: brings the database up to date and says what was done. `serve` does the same by itself. */
export function registerMigrate(program: Command, { config, runtime }: CliContext): void {
  program
    .command("migrate")
    .description("bring the database up to date (serve does it by itself)")
    .action(async () => {
      const database = await openDatabase(config());
      try {
        const done = await migrate(database, await readMigrations());
        runtime.print(done.length === 0 ? "The database is up to date" : `Migrated: ${done.join(", ")}`);
      } finally {
        await database.close();
      }
    });
}
