import { expect, test } from "vitest";
import { leapingClock } from "../../test/leaping-clock.ts";
import { createBucket } from "./bucket.ts";

const never = new AbortController().signal;

async function takeMany(count: number, size: { burst: number; everyMs: number }) {
  const clock = leapingClock(0);
  const bucket = createBucket(size, clock);
  const times: number[] = [];
  for (let n = 0; n < count; n += 1) {
    await bucket.take(never);
    times.push(clock.now());
  }
  return { clock, bucket, times };
}

test("take() lets the burst through at once and then one call every interval", async () => {
  const { times } = await takeMany(6, { burst: 3, everyMs: 1_000 });

  expect(times).toEqual([0, 0, 0, 1_000, 2_000, 3_000]);
});

test("take() gives the burst back after a quiet time, and never more", async () => {
  const { clock, bucket } = await takeMany(3, { burst: 3, everyMs: 1_000 });

  clock.tick(60_000);

  expect([0, 1, 2, 3, 4].map((further) => bucket.waitMs(further))).toEqual([0, 0, 0, 1_000, 2_000]);
});

test("take() serves takers in order, also when they ask at one moment", async () => {
  const clock = leapingClock(0);
  const bucket = createBucket({ burst: 1, everyMs: 100 }, clock);

  await Promise.all([1, 2, 3].map(() => bucket.take(never)));

  expect(clock.sleeps).toEqual([100, 200]);
});

test("take() rejects when its signal aborts", async () => {
  const { bucket } = await takeMany(1, { burst: 1, everyMs: 1_000 });

  await expect(bucket.take(AbortSignal.abort())).rejects.toThrow("aborted");
});

test("waitMs() does not grow by an hour when the clock is set back by one", async () => {
  const { clock, bucket } = await takeMany(2, { burst: 1, everyMs: 1_000 });
  const before = bucket.waitMs(0);

  clock.tick(-3_600_000);

  expect(bucket.waitMs(0)).toBe(before);
});

test("waitMs() is nothing without an interval", async () => {
  const { bucket } = await takeMany(50, { burst: 1, everyMs: 0 });

  expect(bucket.waitMs(1_000)).toBe(0);
});
