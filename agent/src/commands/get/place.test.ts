import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { foldedPath, pathFault } from "@modfleet/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { tempFolder } from "../../../test/temp-folder.ts";
import { choosePlace, fileNameFor, publishDraft, publishTree } from "./place.ts";

const ITEM = { name: "Title-42.zip", mark: "42" };

test.each([
  ["Example Mod", "Example Mod-42.zip"],
  ["../../etc/passwd", "etc_passwd-42.zip"],
  ["[1.5] RimWorld: More <Stuff>?", "1.5_ RimWorld_ More _Stuff-42.zip"],
  ["日本語 – текст", "日本語 _ текст-42.zip"],
  ["\u202egnp.exe", "gnp.exe-42.zip"],
  ["", "mod-42.zip"],
  ["...", "mod-42.zip"],
  ["😀😀", "mod-42.zip"],
  ["x".repeat(300), `${"x".repeat(80)}-42.zip`],
  ["語".repeat(300), `${"語".repeat(50)}-42.zip`],
])("fileNameFor() makes %j a plain name", (title, name) => {
  expect(fileNameFor({ id: "42", title })).toBe(name);
});

test("fileNameFor() makes of any title one name that is safe everywhere", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (title) => {
      const name = fileNameFor({ id: "42", title });
      expect(pathFault(name)).toBeNull();
      expect(name).not.toContain("/");
      expect(foldedPath(name)).toMatch(/-42\.zip$/);
    }),
  );
});

test("choosePlace() takes files, folders and nothing for an answer", async () => {
  await using folder = await tempFolder();
  await mkdir(folder.at("sub"));
  const choose = (output?: string) => choosePlace(ITEM, { cwd: folder.path, output, force: false });

  expect(await choose()).toMatchObject({ ok: true, path: folder.at("Title-42.zip") });
  expect(await choose("sub")).toMatchObject({ ok: true, path: folder.at("sub", "Title-42.zip") });
  expect(await choose("sub/a.zip")).toMatchObject({ ok: true, path: folder.at("sub", "a.zip") });
  expect(await choose(folder.at("b.zip"))).toMatchObject({ ok: true, path: folder.at("b.zip") });
});

test("choosePlace() refuses missing folders, existing files, and what is no file", async () => {
  await using folder = await tempFolder();
  await folder.write({ "a.zip": "" });
  const choose = (output: string, force: boolean) => choosePlace(ITEM, { cwd: folder.path, output, force });

  expect(await choose("missing/a.zip", false)).toMatchObject({
    ok: false,
    problem: expect.stringContaining("no folder"),
  });
  expect(await choose("a.zip", false)).toMatchObject({ ok: false, problem: expect.stringContaining("--force") });
  expect(await choose("a.zip", true)).toMatchObject({ ok: true });
  expect(await choose("/dev/null", true)).toMatchObject({ ok: false, problem: expect.stringContaining("no file") });
});

test("publishDraft() says what to do when the folder vanished", async () => {
  await using folder = await tempFolder();
  const place = { path: folder.at("gone", "mod.zip"), draft: folder.at("gone", ".draft") };
  const line = `Cannot write ${place.path}: no such file or directory (ENOENT). See that its folder exists`;

  expect(await publishDraft(place, false)).toContain(line);
  expect(await publishDraft(place, true)).toContain(line);
});

test("publishDraft() gives the draft its name and keeps what took it meanwhile", async () => {
  await using folder = await tempFolder();
  const place = { path: folder.at("mod.zip"), draft: folder.at(".draft") };
  await writeFile(place.draft, "first");
  const first = await publishDraft(place, false);
  await writeFile(place.draft, "second");
  const second = await publishDraft(place, false);

  expect(first).toBeNull();
  expect(second).toContain("exists already");
  expect(await readFile(place.path, "utf8")).toBe("first");
  expect(await readdir(folder.path)).toEqual(["mod.zip"]);
});

test("publishTree() gives a folder its place, and puts aside what is there only when it may", async () => {
  await using folder = await tempFolder();
  const tree = { from: folder.at("new"), path: folder.at("mod"), aside: folder.at("old") };
  await folder.write({ "new/a.txt": "1", "mod/mine.txt": "precious", "old/leftover.txt": "" });

  expect(await publishTree(tree, false)).toContain("exists already. Use --force");
  expect(await readdir(tree.path)).toEqual(["mine.txt"]);
  expect(await publishTree(tree, true)).toBeNull();
  expect([await readdir(tree.path), await readdir(tree.aside)]).toEqual([["a.txt"], ["mine.txt"]]);
});

test("publishTree() says why it cannot", async () => {
  await using folder = await tempFolder();
  const tree = { from: folder.at("missing"), path: folder.at("mod"), aside: folder.at("old") };

  expect(await publishTree(tree, false)).toMatch(/^Cannot write .*mod: .*ENOENT/);
});
