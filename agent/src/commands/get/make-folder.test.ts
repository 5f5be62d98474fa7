import { readdir, symlink } from "node:fs/promises";
import { platform } from "node:os";
import { expect, test } from "vitest";
import { tempFolder } from "../../../test/temp-folder.ts";
import { makeFolder, missingFolders, removeEmpty } from "./make-folder.ts";

test("makeFolder() makes what is missing and says what that was; removeEmpty() takes back what is empty", async () => {
  await using folder = await tempFolder();
  await folder.write({ "there/file": "" });

  expect(await makeFolder(folder.at("there"))).toEqual([]);
  const made = await makeFolder(folder.at("there", "a", "b"));
  expect(made).toEqual([folder.at("there", "a"), folder.at("there", "a", "b")]);
  expect(await missingFolders(folder.at("there", "a", "c", "d"))).toEqual([
    folder.at("there", "a", "c"),
    folder.at("there", "a", "c", "d"),
  ]);

  await folder.write({ "there/a/mine": "" });
  await removeEmpty(made);
  expect(await readdir(folder.at("there", "a"))).toEqual(["mine"]);
});

test("makeFolder() bears others who make the same folder", async () => {
  await using folder = await tempFolder();

  const made = await Promise.all(Array.from({ length: 5 }, () => makeFolder(folder.at("a", "b"))));

  expect(made.flat().toSorted()).toEqual([folder.at("a"), folder.at("a", "b")]);
});

test("makeFolder() throws where a file or a link that leads nowhere is in the way", async () => {
  await using folder = await tempFolder();
  await folder.write({ file: "" });
  await symlink(folder.at("nowhere"), folder.at("link"));

  await expect(makeFolder(folder.at("file", "a"))).rejects.toMatchObject({ code: "ENOTDIR" });
  await expect(makeFolder(folder.at("link"))).rejects.toMatchObject({ code: "EEXIST" });
});

test.runIf(platform() === "linux")("makeFolder() ends in a file system that takes no folders", async () => {
  await expect(makeFolder("/proc/modfleet/deep")).rejects.toMatchObject({ code: expect.stringMatching(/^E[A-Z]+$/) });
});
