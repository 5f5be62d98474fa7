import { readdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { tempFolder } from "../../../test/temp-folder.ts";
import { sweepScratch } from "./sweep.ts";
import { takeWorkplace } from "./workplace.ts";

const DAY_MS = 86_400_000;

test("sweepScratch() removes what is old and nobody's", async () => {
  await using folder = await tempFolder();
  await folder.write({ "get-abc/steam/part": "", "item-1/job/part": "", "notes.json": "[]" });
  const taken = await takeWorkplace(folder.at("item-2"));

  await sweepScratch(folder.path, Date.now() + 6 * DAY_MS);
  expect(await readdir(folder.path)).toHaveLength(4);
  await sweepScratch(folder.path, Date.now() + 8 * DAY_MS);
  expect(await readdir(folder.path)).toEqual(["item-2"]);
  await taken?.remove();
});

test("sweepScratch() has nothing to do where nothing is", async () => {
  await using folder = await tempFolder();

  await expect(sweepScratch(folder.at("missing"), 0)).resolves.toBeUndefined();
});
