import { execFile } from "node:child_process";
import { copyFile, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const TSC = fileURLToPath(new URL("../../node_modules/.bin/tsc", import.meta.url));
const LICENSE = fileURLToPath(new URL("../../LICENSE", import.meta.url));

/**
 * Makes a folder that npm can pack: JavaScript with its types, because Node does not run TypeScript out of node_modules. It
 * compiles against the web's types alone, so whatever only Node has is an error here.
 */
export async function buildClient(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await promisify(execFile)(TSC, ["-p", join(HERE, "tsconfig.json"), "--outDir", join(folder, "dist")]);
  const { name, version, description, license, type, dependencies } = JSON.parse(
    await readFile(join(HERE, "package.json"), "utf8"),
  );
  const exports = { ".": { types: "./dist/mod.d.ts", default: "./dist/mod.js" } };
  const about = { ...{ name, version, description, license, type, exports, dependencies }, engines: { node: ">=22" } };
  await writeFile(join(folder, "package.json"), `${JSON.stringify({ ...about, files: ["dist"] }, null, 2)}\n`);
  await copyFile(join(HERE, "README.md"), join(folder, "README.md"));
  await copyFile(LICENSE, join(folder, "LICENSE"));
}
