import { createRequire } from "node:module";
import { z } from "zod";

/** This agent's version, from its package. */
export const VERSION = z
  .object({ version: z.string() })
  .parse(createRequire(import.meta.url)("../package.json")).version;
