import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { buildClient } from "./build.ts";
import { ITEM, library } from "./test/library.ts";

const run = promisify(execFile);
const MODULES = fileURLToPath(new URL("../../node_modules", import.meta.url));

const SCRIPT = `
import { createClient, type Mod } from "@modfleet/client";

const [baseUrl = "", id = ""] = process.argv.slice(2);
const mod: Mod = await createClient({ baseUrl }).fetch(id, { onProgress: ({ place }) => place satisfies number | null });
console.log(mod.name);
`;

/** A project of somebody else's that has the packed client installed. */
async function project(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "modfleet-packed-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await buildClient(join(folder, "built"));
  const npm = ["pack", join(folder, "built"), "--pack-destination", folder, "--json", "--offline"];
  const { stdout } = await run("npm", npm, { cwd: folder });
  const [packed] = Object.values(JSON.parse(stdout));
  await run("tar", ["-xzf", join(folder, Object(packed).filename)], { cwd: folder });
  const modules = join(folder, "node_modules");
  await mkdir(join(modules, "@modfleet"), { recursive: true });
  await rename(join(folder, "package"), join(modules, "@modfleet", "client"));
  for (const name of ["openapi-fetch", "openapi-typescript-helpers", "eventsource-parser", "@types"])
    await symlink(join(MODULES, name), join(modules, name));
  await writeFile(join(folder, "package.json"), '{"type":"module"}');
  await writeFile(join(folder, "use.ts"), SCRIPT);
  return folder;
}

test("buildClient() makes a package that compiles and runs where it is installed", async () => {
  const { gateway, url } = await library();
  await gateway.addArchive();
  const folder = await project();
  const options = ["--strict", "--module", "nodenext", "--target", "esnext", "--types", "node", "--noEmitOnError"];

  await run(join(MODULES, ".bin", "tsc"), [...options, "use.ts"], { cwd: folder });
  const { stdout } = await run(process.execPath, ["use.js", url, ITEM.id], { cwd: folder });

  expect(stdout.trim()).toBe(ITEM.title);
});
