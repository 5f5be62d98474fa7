import { readdir, rm, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { tempFolder } from "../../../test/temp-folder.ts";
import { openFinished } from "./finished.ts";

test("openFinished() knows what an earlier command has written, while it is there as it was", async () => {
  await using folder = await tempFolder();
  await folder.write({ "a.zip": "123", "mod/x": "" });
  const first = await openFinished(folder.at("notes.json"));
  await first.add("a", { exit: 0, file: folder.at("a.zip"), summary: "3 bytes", facts: { bytes: 3 } });
  await first.add("mod", { exit: 0, file: folder.at("mod"), summary: "", facts: {} });

  const second = await openFinished(folder.at("notes.json"));

  expect(await second.find("a")).toEqual({
    ...{ exit: 0, file: folder.at("a.zip"), summary: "3 bytes", facts: { bytes: 3 }, wasHere: true },
  });
  expect(await second.find("mod")).toMatchObject({ file: folder.at("mod") });
  await writeFile(folder.at("a.zip"), "other");
  await rm(folder.at("mod"), { recursive: true });
  expect([await second.find("a"), await second.find("mod"), await second.find("b")]).toEqual([null, null, null]);
});

test("openFinished() forgets, and believes nothing that makes no sense", async () => {
  await using folder = await tempFolder();
  await folder.write({ "a.zip": "123", "notes.json": '[{"key":1}]' });
  const finished = await openFinished(folder.at("notes.json"));
  await finished.add("a", { exit: 0, file: folder.at("a.zip"), summary: "", facts: {} });
  await finished.forget();

  expect(await readdir(folder.path)).toEqual(["a.zip"]);
});
