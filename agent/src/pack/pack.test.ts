import { access, readdir, readFile, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { sha256 } from "../../test/read-zip.ts";
import { type TempFolder, tempFolder } from "../../test/temp-folder.ts";
import { type PackRequest, packFolder, partialPath } from "./pack.ts";

const request = (folder: TempFolder, more: Partial<PackRequest> = {}): PackRequest => ({
  root: folder.at("in"),
  target: folder.at("out", "mod.zip"),
  maxBytes: 1e9,
  onProgress: () => {},
  signal: new AbortController().signal,
  ...more,
});

async function folderWith(files: Record<string, string | Uint8Array>): Promise<TempFolder> {
  const folder = await tempFolder();
  await folder.write({ "out/other": "" });
  await folder.write(Object.fromEntries(Object.entries(files).map(([path, content]) => [`in/${path}`, content])));
  return folder;
}

const program = (source: string): URL => new URL(`data:text/javascript,${encodeURIComponent(source)}`);

test("packFolder() leaves the whole archive under its name and nothing beside it", async () => {
  await using folder = await folderWith({ "a.txt": "one", "b/c.txt": "two" });
  const told: { bytes: number; total: number }[] = [];

  const outcome = await packFolder(request(folder, { onProgress: (progress) => told.push(progress) }));

  const archive = await readFile(folder.at("out", "mod.zip"));
  expect(outcome).toMatchObject({ kind: "packed", bytes: archive.length, sha256: sha256(archive), entries: 2 });
  expect(told.at(-1)).toEqual({ bytes: 6, total: 6 });
  expect(await readdir(folder.at("out"))).toEqual(["mod.zip", "other"]);
});

test("packFolder() writes over what a killed try left behind", async () => {
  await using folder = await folderWith({ "a.txt": "one" });
  await writeFile(partialPath(folder.at("out", "mod.zip")), "x".repeat(10_000));

  const outcome = await packFolder(request(folder));

  expect(outcome).toMatchObject({ kind: "packed", bytes: (await readFile(folder.at("out", "mod.zip"))).length });
});

test("packFolder() turns what the content does into an outcome and leaves nothing", async () => {
  await using folder = await folderWith({ "aux.txt": "" });

  const outcome = await packFolder(request(folder));

  expect(outcome).toEqual({
    kind: "failed",
    failure: { code: "unsafe_content", detail: '"aux.txt": reserved name' },
  });
  expect(await readdir(folder.at("out"))).toEqual(["other"]);
});

test("packFolder() ends its thread and removes its file when it is aborted midway", async () => {
  await using folder = await folderWith({ large: Buffer.alloc(200 * 1024 * 1024, "text that shrinks ") });
  const controller = new AbortController();
  let calls = 0;
  const onProgress = (): void => {
    calls += 1;
    controller.abort();
  };

  const outcome = await packFolder(request(folder, { onProgress, signal: controller.signal }));

  expect(outcome).toEqual({ kind: "cancelled" });
  expect(calls).toBe(1);
  expect(await readdir(folder.at("out"))).toEqual(["other"]);
});

test("packFolder() starts nothing when it is aborted before", async () => {
  await using folder = await folderWith({ a: "" });

  expect(await packFolder(request(folder, { signal: AbortSignal.abort() }))).toEqual({ kind: "cancelled" });
});

test.each([
  ["throws", "throw new Error('no more')", "no more"],
  ["exits", "process.exit(3)", "3"],
])("packFolder() survives a thread that %s", async (_what, source, detail) => {
  await using folder = await folderWith({ a: "" });
  await writeFile(partialPath(folder.at("out", "mod.zip")), "half");

  const outcome = await packFolder(request(folder), program(source));

  expect(outcome).toMatchObject({
    kind: "failed",
    failure: { code: "internal", detail: expect.stringContaining(detail) },
  });
  expect(await readdir(folder.at("out"))).toEqual(["other"]);
});

test("packFolder() fails when the target's folder is gone", async () => {
  await using folder = await folderWith({ a: "" });

  const outcome = await packFolder(request(folder, { target: folder.at("missing", "mod.zip") }));

  expect(outcome).toMatchObject({
    kind: "failed",
    failure: { code: "internal", detail: expect.stringContaining(`Cannot write ${folder.at("missing")}`) },
    unwritable: "no such file or directory (ENOENT)",
  });
  await expect(access(folder.at("missing"))).rejects.toThrow("ENOENT");
});
