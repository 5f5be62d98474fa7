import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { buildClient } from "../gateway/client/build.ts";
import { generateSchema } from "../gateway/client/generate.ts";

// `npm run client`: writes the client's types anew from the gateway's own document. With `--pack` also what npm can pack.

const GATEWAY = fileURLToPath(new URL("../gateway/src/node.ts", import.meta.url));
const SCHEMA = fileURLToPath(new URL("../gateway/client/src/generated/schema.ts", import.meta.url));
const PACKAGE = fileURLToPath(new URL("../gateway/client/dist", import.meta.url));
const DOCUMENT_BYTES_MAX = 64 * 1024 * 1024;

const { stdout } = await promisify(execFile)(process.execPath, [GATEWAY, "openapi"], { maxBuffer: DOCUMENT_BYTES_MAX });
await writeFile(SCHEMA, await generateSchema(stdout));
process.stdout.write(`Wrote ${SCHEMA}\n`);

if (process.argv.includes("--pack")) {
  await buildClient(PACKAGE);
  process.stdout.write(`Wrote ${PACKAGE}: npm pack ${PACKAGE}\n`);
}
