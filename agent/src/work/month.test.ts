import { expect, test } from "vitest";
import { tempFolder } from "../../test/temp-folder.ts";
import { openMonthCounter } from "./month.ts";

const november = new Date(2026, 10, 30, 12).getTime();
const december = new Date(2026, 11, 1, 12).getTime();

test("openMonthCounter() counts over restarts and begins anew with the month", async () => {
  await using folder = await tempFolder();
  const path = folder.at("month.json");
  openMonthCounter(path).add(100, november);

  const reopened = openMonthCounter(path);
  reopened.add(20, november);

  expect(reopened.bytes(november)).toBe(120);
  expect(reopened.bytes(december)).toBe(0);
  reopened.add(7, december);
  expect(openMonthCounter(path).bytes(december)).toBe(7);
});

test("openMonthCounter() counts from nothing when its file is damaged", async () => {
  await using folder = await tempFolder();
  await folder.write({ "month.json": "{" });

  expect(openMonthCounter(folder.at("month.json")).bytes(november)).toBe(0);
});
