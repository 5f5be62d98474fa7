import { mkdir, readdir, readFile, symlink } from "node:fs/promises";
import { expect, test } from "vitest";
import { tempFolder } from "../../../test/temp-folder.ts";
import { removeContent } from "./remove-content.ts";

test("removeContent() deletes the files that are named and the folders that are empty then", async () => {
  await using folder = await tempFolder();
  await folder.write({
    "pack/a.bin": "a",
    "pack/sub/deep/b.bin": "b",
    "pack/sub/own.txt": "own",
    "other.bin": "other",
  });

  await removeContent(folder.path, ["pack/a.bin", "pack/sub/deep/b.bin", "pack/gone.bin"]);

  expect(await readdir(folder.path)).toEqual(["other.bin", "pack"]);
  expect(await readdir(folder.at("pack/sub"))).toEqual(["own.txt"]);
});

test("removeContent() leaves the folder itself, and is content with one that is not there", async () => {
  await using folder = await tempFolder();
  await folder.write({ "in/a.bin": "a" });

  await removeContent(folder.at("in"), ["a.bin"]);
  await removeContent(folder.at("nowhere"), ["a.bin"]);

  expect(await readdir(folder.path)).toEqual(["in"]);
});

test("removeContent() reaches nothing outside, by dots or by links", async () => {
  await using folder = await tempFolder();
  await folder.write({ "secret.txt": "secret", "outside/b.bin": "outside", "in/pack/a.bin": "a" });
  await symlink(folder.at("outside"), folder.at("in/pack/sub"));
  await symlink(folder.at("secret.txt"), folder.at("in/pack/link.bin"));

  await removeContent(folder.at("in"), ["../secret.txt", "pack/../../secret.txt", "pack/sub/b.bin", "pack/link.bin"]);

  expect(await readFile(folder.at("secret.txt"), "utf8")).toBe("secret");
  expect(await readFile(folder.at("outside/b.bin"), "utf8")).toBe("outside");
  expect(await readdir(folder.at("in/pack"))).toEqual(["a.bin", "sub"]);
});

test("removeContent() takes no file for a folder of that name", async () => {
  await using folder = await tempFolder();
  await folder.write({ "in/pack": "own" });

  await removeContent(folder.at("in"), ["pack/a.bin"]);

  expect(await readFile(folder.at("in/pack"), "utf8")).toBe("own");
});

test("removeContent() takes no folder for a file of that name", async () => {
  await using folder = await tempFolder();
  await mkdir(folder.at("in/payload.bin"), { recursive: true });
  await folder.write({ "in/payload.bin/own.txt": "own" });

  await removeContent(folder.at("in"), ["payload.bin"]);

  expect(await readFile(folder.at("in/payload.bin/own.txt"), "utf8")).toBe("own");
});
