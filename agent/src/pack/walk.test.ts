import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { execa } from "execa";
import { expect, test } from "vitest";
import { type TempFolder, tempFolder } from "../../test/temp-folder.ts";
import { walk } from "./walk.ts";

const NO_LIMIT = { bytesMax: 1e12, entriesMax: 1e6 };

const paths = (folder: TempFolder): string[] => walk(folder.path, NO_LIMIT).map(({ path }) => path);

test("walk() sorts by code point over whole paths, not folder by folder", async () => {
  await using folder = await tempFolder();
  await folder.write({ "a/b": "", "a.txt": "", "a-b/c": "", B: "", "\u{1f600}": "", "\uffee": "", ä: "" });

  expect(paths(folder)).toEqual(["B", "a-b/c", "a.txt", "a/b", "ä", "\uffee", "\u{1f600}"]);
});

test("walk() leaves empty folders out and keeps the executable bit", async () => {
  await using folder = await tempFolder();
  await folder.write({ "run.sh": "#!/bin/sh", "read.me": "text" });
  await chmod(folder.at("run.sh"), 0o700);
  await mkdir(folder.at("empty/deeper"), { recursive: true });

  const found = walk(folder.path, NO_LIMIT).map(({ path, executable }) => [path, executable]);

  expect(found).toEqual([
    ["read.me", false],
    ["run.sh", true],
  ]);
});

test("walk() follows links to files and folders that stay inside", async () => {
  await using folder = await tempFolder();
  await folder.write({ "real/one.txt": "1", "real/sub/two.txt": "22" });
  await symlink("real/one.txt", folder.at("file-link"));
  await symlink(folder.at("real"), folder.at("folder-link"));

  const found = walk(folder.path, NO_LIMIT).map(({ path, size }) => `${path} ${size}`);

  expect(found).toEqual([
    "file-link 1",
    "folder-link/one.txt 1",
    "folder-link/sub/two.txt 2",
    "real/one.txt 1",
    "real/sub/two.txt 2",
  ]);
});

test.each([
  ["to a file outside", "/etc/hostname"],
  ["to the folder above", ".."],
  ["to a neighbour whose name begins alike", "../outside"],
  ["to nothing", "missing"],
  ["to itself", "link"],
  ["to the folder it stands in", "."],
])("walk() refuses a link %s and names it", async (_what, target) => {
  await using folder = await tempFolder();
  await folder.write({ "root/file": "", "root-outside/file": "" });
  await symlink(target === "../outside" ? folder.at("root-outside") : target, folder.at("root", "link"));

  const act = () => walk(folder.at("root"), NO_LIMIT);

  expect(act).toThrow(expect.objectContaining({ code: "unsafe_content", message: expect.stringContaining('"link"') }));
});

test("walk() refuses links between two folders that would never end", async () => {
  await using folder = await tempFolder();
  await folder.write({ "a/file": "", "b/file": "" });
  await symlink("../b", folder.at("a", "to-b"));
  await symlink("../a", folder.at("b", "to-a"));

  expect(() => paths(folder)).toThrow(expect.objectContaining({ code: "unsafe_content" }));
});

test("walk() ends links that multiply without bound at the limits", async () => {
  await using folder = await tempFolder();
  await folder.write({ "level-0/file": "x" });
  for (let level = 1; level <= 20; level += 1) {
    await mkdir(folder.at(`level-${level}`));
    for (const name of ["one", "two"]) await symlink(`../level-${level - 1}`, folder.at(`level-${level}`, name));
  }

  const act = () => walk(folder.path, { bytesMax: 1e12, entriesMax: 2_000 });

  expect(act).toThrow(expect.objectContaining({ code: "too_large" }));
});

test.each(["aux.txt", "sub/NUL", "line\nbreak", "back\\slash", "dot.", "C:evil", `${"n".repeat(200)}/`.repeat(6)])(
  "walk() refuses the name %j",
  async (name) => {
    await using folder = await tempFolder();
    await folder.write({ [name.endsWith("/") ? `${name}file` : name]: "" });

    expect(() => paths(folder)).toThrow(expect.objectContaining({ code: "unsafe_content" }));
  },
);

test.each([
  ["Readme.txt", "README.TXT"],
  ["\u00e9.txt", "e\u0301.txt"],
  ["sub", "SUB/file"],
])("walk() refuses %j beside %j", async (one, other) => {
  await using folder = await tempFolder();
  await folder.write({ [one]: "", [other]: "" });

  expect(() => paths(folder)).toThrow(expect.objectContaining({ code: "unsafe_content" }));
});

test("walk() lets folders that differ in case share their files' place", async () => {
  await using folder = await tempFolder();
  await folder.write({ "Textures/a": "", "textures/b": "" });

  expect(paths(folder)).toEqual(["Textures/a", "textures/b"]);
});

test("walk() refuses a name that is not UTF-8", async () => {
  await using folder = await tempFolder();
  await writeFile(Buffer.concat([Buffer.from(`${folder.path}/caf`), Buffer.from([0xe9])]), "");

  expect(() => paths(folder)).toThrow(
    expect.objectContaining({ code: "unsafe_content", message: expect.stringContaining("UTF-8") }),
  );
});

test("walk() refuses pipes and sockets without opening them", async () => {
  await using pipes = await tempFolder();
  await using sockets = await tempFolder();
  await execa("mkfifo", [pipes.at("pipe")]);
  const server = createServer().listen(sockets.at("socket"));
  await new Promise((resolve) => server.once("listening", resolve));

  expect(() => paths(pipes)).toThrow(expect.objectContaining({ code: "unsafe_content" }));
  expect(() => paths(sockets)).toThrow(expect.objectContaining({ code: "unsafe_content" }));
  server.close();
});

test("walk() refuses more bytes or files than allowed", async () => {
  await using folder = await tempFolder();
  await folder.write({ a: "12345", b: "67890" });

  expect(() => walk(folder.path, { bytesMax: 9, entriesMax: 9 })).toThrow(
    expect.objectContaining({ code: "too_large" }),
  );
  expect(() => walk(folder.path, { bytesMax: 10, entriesMax: 1 })).toThrow(
    expect.objectContaining({ code: "too_large" }),
  );
  expect(walk(folder.path, { bytesMax: 10, entriesMax: 2 })).toHaveLength(2);
});
