import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../../../test/http-file-server.ts";
import { placeFile } from "./place-file.ts";

test("placeFile() takes the next free name, and the file is in one place only", async () => {
  const folder = await tempFolder();
  const paths = [];
  for (const text of ["one", "two", "three"]) {
    await writeFile(join(folder, "part"), text);
    paths.push(await placeFile(join(folder, "part"), folder, "a.zip"));
  }

  expect((await readdir(folder)).toSorted()).toEqual(["a (1).zip", "a (2).zip", "a.zip"]);
  expect(await Promise.all(paths.map((path) => readFile(path, "utf8")))).toEqual(["one", "two", "three"]);
});

test("placeFile() fails where the folder is gone, and keeps the file", async () => {
  const folder = await tempFolder();
  await writeFile(join(folder, "part"), "one");

  await expect(placeFile(join(folder, "part"), join(folder, "gone"), "a.zip")).rejects.toMatchObject({
    code: "ENOENT",
  });
  expect(await readdir(folder)).toEqual(["part"]);
});
