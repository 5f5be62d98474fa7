import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { createApp } from "../app.ts";
import { openApiText } from "../routes/openapi.ts";
import { openServices } from "../services.ts";
import type { CliContext } from "./context.ts";

/** `openapi`: prints the OpenAPI document, for generators and diffs. It touches no data: its own folder is removed. */
export function registerOpenapi(program: Command, { config, runtime }: CliContext): void {
  program
    .command("openapi")
    .description("print the OpenAPI document")
    .action(async () => {
      const folder = await mkdtemp(join(tmpdir(), "modfleet-openapi-"));
      const database = { url: `file:${join(folder, "empty.db")}`, token: null };
      const services = await openServices({ ...config(), database, dataFolder: folder, blobsFolder: folder }, runtime);
      try {
        runtime.print(openApiText(createApp(services.deps)));
      } finally {
        await services.close();
        await rm(folder, { recursive: true });
      }
    });
}
