import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { ITEM, library } from "../test/library.ts";

const run = promisify(execFile);
const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const TSC = at("../../../node_modules/.bin/tsc");

/** What somebody writes against the generated functions: it compiles only when their types say what the gateway answers. */
const SCRIPT = `
import { client } from "./generated/client.gen.js";
import { downloadMod, getMod, listMods, pytorrentGetMod } from "./generated/sdk.gen.js";

const [baseUrl = "", id = ""] = process.argv.slice(2);
client.setConfig({ baseUrl });
const list = await listMods({ query: { q: "example", limit: 1, tag: ["Mod"] }, throwOnError: true });
const names: string[] = list.data.items.map((mod) => mod.name);
const bytes: number | undefined = list.data.items[0]?.current?.archive.bytes;
const archive = await downloadMod({ path: { id }, parseAs: "blob", throwOnError: true });
const old = await pytorrentGetMod({ path: { mod_id: Number(id) }, throwOnError: true });
const oldName: string | null | undefined = old.data.result?.name;
const missing = await getMod({ path: { id: "1" } });
const code: "not_found" | "bad_request" | string | undefined = missing.error?.code;
console.log(JSON.stringify({ names, isWhole: archive.data instanceof Blob && archive.data.size === bytes, oldName, code }));
`;

async function project(document: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "modfleet-generated-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const types = at("../../../node_modules/@types");
  const compilerOptions = { strict: true, target: "esnext", module: "nodenext", outDir: "out", noEmitOnError: true };
  await writeFile(join(folder, "openapi.json"), document);
  await writeFile(join(folder, "package.json"), '{"type":"module"}');
  await writeFile(join(folder, "use.ts"), SCRIPT);
  await writeFile(
    join(folder, "tsconfig.json"),
    JSON.stringify({ compilerOptions: { ...compilerOptions, typeRoots: [types], types: ["node"] } }),
  );
  return folder;
}

test("the document makes another generator's client compile and work", async () => {
  const { gateway, url } = await library();
  await gateway.addArchive();
  const folder = await project(await (await gateway.get("/openapi.json")).text());
  const generator = ["--import", at("../test/typescript-5.ts"), at("../test/other-generator.ts")];

  await run(process.execPath, [...generator, join(folder, "openapi.json"), join(folder, "generated")]);
  await run(TSC, ["-p", folder]);
  const { stdout } = await run(process.execPath, [join(folder, "out", "use.js"), url, ITEM.id]);

  expect(JSON.parse(stdout)).toEqual({ names: [ITEM.title], isWhole: true, oldName: ITEM.title, code: "not_found" });
});
