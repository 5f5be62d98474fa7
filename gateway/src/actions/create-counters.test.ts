import { expect, test, vi } from "vitest";
import { HOUR_MS } from "../domain/statistics.ts";
import { silentLog } from "../log.ts";
import type { CountBatch } from "../store/statistics.ts";
import { createCounters } from "./create-counters.ts";

const NEVER_MS = 2 ** 31 - 1;

function someCounters({ everyMs = NEVER_MS, startAt = 0 } = {}) {
  const stored: CountBatch[] = [];
  const world = { isDown: false, now: startAt };
  const add = async (batch: CountBatch): Promise<void> => {
    stored.push(batch);
    if (world.isDown) throw new Error("No answer");
  };
  const counters = createCounters({ statistics: { add }, writer: "w", now: () => world.now, log: silentLog }, everyMs);
  return { counters, stored, world };
}

test("createCounters() stores all of a moment in one batch, in the order in which it was first counted", async () => {
  const { counters, stored, world } = someCounters();
  counters.count("/list/mods/");
  counters.count("start");
  counters.count("/list/mods/");
  world.now = HOUR_MS;
  counters.count("start");
  counters.sent("1");
  counters.sent("1");

  await counters.flush();
  await counters.flush();
  await counters.close();

  expect(stored).toMatchObject([
    {
      writer: "w",
      batch: 1,
      hours: [
        { kind: "/list/mods/", startsAt: 0, count: 2 },
        { kind: "start", startsAt: 0, count: 1 },
        { kind: "start", startsAt: HOUR_MS, count: 1 },
        { kind: "files_sent", startsAt: HOUR_MS, count: 2 },
      ],
      sent: new Map([["1", { count: 2, at: HOUR_MS }]]),
    },
  ]);
});

test("createCounters() sends a batch whose answer was lost again as it was, before anything new", async () => {
  const { counters, stored, world } = someCounters();
  world.isDown = true;
  counters.count("start");
  await counters.flush();
  counters.count("start");
  world.isDown = false;

  await counters.close();

  expect(stored.map(({ batch, hours }) => [batch, hours[0]?.count])).toEqual([
    [1, 1],
    [1, 1],
    [2, 1],
  ]);
});

test("took() stores how long it was since the beginning, and never less than nothing", async () => {
  const { counters, stored, world } = someCounters({ startAt: 1_000 });
  world.now = 1_250;
  counters.took("download_local_ok", 1_000);
  counters.took("download_local_ok", 9_000);

  await counters.close();

  expect(stored[0]?.durations).toEqual([
    { kind: "download_local_ok", at: 1_000, ms: 250 },
    { kind: "download_local_ok", at: 9_000, ms: 0 },
  ]);
});

test("settled() stores files that were sent, and leaves mere counts for later", async () => {
  const { counters, stored } = someCounters();
  counters.count("start");
  await counters.settled();
  expect(stored).toEqual([]);

  counters.sent("7");
  await counters.settled();

  expect(stored).toHaveLength(1);
  await counters.close();
});

test("createCounters() flushes by itself", async () => {
  const { counters, stored } = someCounters({ everyMs: 1 });

  counters.count("start");

  await vi.waitFor(() => expect(stored).toHaveLength(1));
  await counters.close();
});
