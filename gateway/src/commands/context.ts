import type { Environment } from "@modfleet/protocol";
import type { Config } from "../config.ts";
import type { Runtime } from "../runtime.ts";

export type CliContext = {
  runtime: Runtime;
  /** The checked configuration; flags are variables that win. Throws `UsageError` with all that is wrong. */
  config(flags?: Environment): Config;
};

/** Wrong usage or configuration: exit code 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}
