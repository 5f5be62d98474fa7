import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { buildClient } from "../gateway/client/build.ts";
import { generateSchema } from "../gateway/client/generate.ts";

// `npm run client`: writes the client's types anew from the gateway's own document. With `--pack` also what npm can pack.

const GATEWAY = fileURLToPath(new URL("../gateway/src/node.ts", import.meta.url));
const SCHEMA = fileURLToPath(new URL("../gateway/client/src/generated/schema.ts", import.meta.url));
const PACKAGE = fileURLToPath(new URL("../gateway/client/dist", import.meta.url));
const DOCUMENT_BYTES_MAX = 64 * 1024 * 1024;

const HELP = `npm run client             writes the client's types anew from the gateway's OpenAPI document
npm run client -- --pack   also makes the package, for npm pack
`;

const options = { pack: { type: "boolean" }, help: { type: "boolean", short: "h" } } as const;
const { pack = false, help = false } = readFlags();

if (help) process.stdout.write(HELP);
else if (process.exitCode === undefined) await generate();

function readFlags(): { pack?: boolean; help?: boolean } {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${HELP}`);
    process.exitCode = 2;
    return {};
  }
}

async function generate(): Promise<void> {
  const { stdout } = await promisify(execFile)(process.execPath, [GATEWAY, "openapi"], {
    maxBuffer: DOCUMENT_BYTES_MAX,
  });
  await writeFile(SCHEMA, await generateSchema(stdout));
  process.stdout.write(`Wrote ${SCHEMA}\n`);
  if (!pack) return;
  await buildClient(PACKAGE);
  process.stdout.write(`Wrote ${PACKAGE}: npm pack ${PACKAGE}\n`);
}
