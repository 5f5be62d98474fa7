import { expect, test, vi } from "vitest";
import { silentLog } from "../log.ts";
import { createDownloadCounter } from "./count-downloads.ts";

const NEVER_MS = 2 ** 31 - 1;

function aCounter(everyMs: number, countDownloads: (increments: ReadonlyMap<string, number>) => Promise<void>) {
  const deps = { catalogue: { countDownloads }, log: silentLog };
  return createDownloadCounter(deps, everyMs);
}

test("createDownloadCounter() stores many downloads in one batch", async () => {
  const batches: [string, number][][] = [];
  const counter = aCounter(NEVER_MS, async (increments) => void batches.push([...increments]));
  for (const mod of ["1", "2", "1"]) counter.add(mod);

  await counter.flush();
  await counter.flush();
  await counter.close();

  expect(batches).toEqual([
    [
      ["1", 2],
      ["2", 1],
    ],
  ]);
});

test("createDownloadCounter() keeps what could not be stored", async () => {
  const batches: [string, number][][] = [];
  let isDown = true;
  const counter = aCounter(NEVER_MS, async (increments) => {
    if (isDown) throw new Error("No database");
    batches.push([...increments]);
  });
  counter.add("1");
  await counter.flush();
  counter.add("1");
  isDown = false;

  await counter.close();

  expect(batches).toEqual([[["1", 2]]]);
});

test("createDownloadCounter() flushes by itself", async () => {
  const batches: [string, number][][] = [];
  const counter = aCounter(1, async (increments) => void batches.push([...increments]));

  counter.add("1");

  await vi.waitFor(() => expect(batches).toEqual([[["1", 1]]]));
  await counter.close();
});
