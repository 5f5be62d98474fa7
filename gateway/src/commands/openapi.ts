import type { Command } from "commander";
import { openapiDocument } from "../app.ts";
import type { CliContext } from "./context.ts";

/** `openapi`: prints the OpenAPI document, for generators and diffs. It needs no data and opens nothing. */
export function registerOpenapi(program: Command, { runtime }: CliContext): void {
  program
    .command("openapi")
    .description("print the OpenAPI document")
    .action(() => runtime.print(JSON.stringify(openapiDocument(), null, 2)));
}
