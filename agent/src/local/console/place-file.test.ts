import { link, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { type TempFolder, tempFolder } from "../../../test/temp-folder.ts";
import { leftOf, placeFile } from "./place-file.ts";

async function placed(folder: TempFolder, name: string): Promise<{ path: string; chosen: string[] }> {
  await folder.write({ "draft/body": "new" });
  await mkdir(folder.at("files"), { recursive: true });
  const chosen: string[] = [];
  const choose = (path: string): void => void chosen.push(path);
  const path = await placeFile({ file: folder.at("draft", "body"), folder: folder.at("files"), name, choose });
  return { path, chosen };
}

describe("placeFile()", () => {
  test("placeFile() gives a file its name", async () => {
    await using folder = await tempFolder();

    const { path, chosen } = await placed(folder, "map.zip");

    expect(path).toBe(folder.at("files", "map.zip"));
    expect(chosen).toEqual([path]);
    expect(await readFile(path, "utf8")).toBe("new");
  });

  test("placeFile() writes over nothing: not over files, folders or links that lead nowhere", async () => {
    await using folder = await tempFolder();
    await folder.write({ "files/map.tar.gz": "old", "files/map.tar (1).gz/inside": "old" });
    await symlink("/nowhere", folder.at("files", "map.tar (2).gz"));

    const { path, chosen } = await placed(folder, "map.tar.gz");

    expect(path).toBe(folder.at("files", "map.tar (3).gz"));
    expect(chosen).toEqual([path]);
    expect(await readFile(folder.at("files", "map.tar.gz"), "utf8")).toBe("old");
    expect(await readdir(folder.at("files"))).toHaveLength(4);
  });

  test("placeFile() counts a name without an ending, too", async () => {
    await using folder = await tempFolder();
    await folder.write({ "files/README": "old", "files/.hidden": "old" });

    expect((await placed(folder, "README")).path).toBe(folder.at("files", "README (1)"));
    expect((await placed(folder, ".hidden")).path).toBe(folder.at("files", ".hidden (1)"));
  });
});

describe("leftOf()", () => {
  const placement = (folder: TempFolder, bytes = 3) => ({
    ...{ file: folder.at("draft"), path: folder.at("final"), bytes },
  });

  test.each([
    ["the draft and its second name", "placed", ["draft", "final"]],
    ["the final name alone", "placed", ["final"]],
    ["the draft alone", "draft", ["draft"]],
    ["neither", "nothing", []],
  ])("leftOf() of %s is %s", async (_, expected, names) => {
    await using folder = await tempFolder();
    await writeFile(folder.at("draft"), "abc");
    await link(folder.at("draft"), folder.at("final"));
    for (const name of ["draft", "final"].filter((each) => !names.includes(each))) await rm(folder.at(name));

    expect(await leftOf(placement(folder))).toBe(expected);
  });

  test("leftOf() takes nobody else's file for ours", async () => {
    await using folder = await tempFolder();
    await folder.write({ draft: "abc", final: "xyz" });

    expect(await leftOf(placement(folder))).toBe("draft");
    expect(await leftOf(placement(folder, 4))).toBe("nothing");
  });
});
