import { expect, test, vi } from "vitest";
import { HOUR_MS } from "../domain/statistics.ts";
import { silentLog } from "../log.ts";
import type { CountBatch } from "../store/statistics.ts";
import { createCounters } from "./create-counters.ts";

const NEVER_MS = 2 ** 31 - 1;

function someCounters({ everyMs = NEVER_MS, startAt = 0 } = {}) {
  const stored: CountBatch[] = [];
  const world = { isDown: false, now: startAt, until: Promise.resolve(), onAdd: () => {} };
  const add = async (batch: CountBatch): Promise<void> => {
    stored.push(batch);
    world.onAdd();
    await world.until;
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

test("flush() is shared by all who call while one runs, and has what they counted", async () => {
  const { counters, stored, world } = someCounters();
  const slow = Promise.withResolvers<void>();
  world.until = slow.promise;

  const flushed = Array.from({ length: 1_000 }, () => {
    counters.count("start");
    return counters.flush();
  });
  slow.resolve();
  await Promise.all(flushed);

  expect(stored.map(({ hours }) => hours[0]?.count)).toEqual([1, 999]);
  await counters.close();
});

test("flush() ends while ever more is counted", async () => {
  const { counters, stored, world } = someCounters();
  world.onAdd = () => counters.count("start");
  counters.count("start");

  await counters.flush();

  expect(stored).toHaveLength(1);
  world.onAdd = () => {};
  await counters.close();
  expect(stored).toHaveLength(2);
});

test("close() tries again when the last batch could not be stored", async () => {
  const { counters, stored, world } = someCounters();
  world.isDown = true;
  world.onAdd = () => {
    world.isDown = stored.length < 3;
  };
  counters.count("start");

  await counters.close();

  expect(stored.map(({ batch }) => batch)).toEqual([1, 1, 1]);
});

test("took() keeps the newest durations while nothing can be stored, and no more than can be held", async () => {
  const { counters, stored, world } = someCounters();
  world.isDown = true;
  for (let at = 0; at < 1_000; at += 1) counters.took("steam_ok", at);
  await counters.flush();
  for (let at = 0; at < 60_000; at += 1) counters.took("steam_ok", at);
  world.isDown = false;

  await counters.flush();
  await counters.close();

  expect(stored[0]?.durations).toHaveLength(1_000);
  const rest = stored.at(-1)?.durations ?? [];
  expect(rest.length).toBeLessThan(50_000);
  expect(rest.slice(-25_000).map(({ at }) => at)).toEqual(Array.from({ length: 25_000 }, (_, n) => 35_000 + n));
});

test("createCounters() flushes by itself", async () => {
  const { counters, stored } = someCounters({ everyMs: 1 });

  counters.count("start");

  await vi.waitFor(() => expect(stored).toHaveLength(1));
  await counters.close();
});
