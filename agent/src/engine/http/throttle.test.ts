import fc from "fast-check";
import { expect, test } from "vitest";
import { createThrottle } from "./throttle.ts";

const { signal } = new AbortController();

/** A throttle in a time of its own: only its waits, and `idle`, let it pass. */
function aThrottle(bytesPerSecond: number) {
  const clock = { ms: 0 };
  const throttle = createThrottle({
    bytesPerSecond,
    now: () => clock.ms,
    sleep: async (ms) => {
      clock.ms += ms;
    },
  });
  return { clock, throttle };
}

test("take() lets no more than the speed through, however it is taken", async () => {
  const takes = fc.array(fc.record({ bytes: fc.integer({ min: 1, max: 100_000 }), idle: fc.nat(500) }), {
    minLength: 1,
    maxLength: 30,
  });
  await fc.assert(
    fc.asyncProperty(takes, async (list) => {
      const { clock, throttle } = aThrottle(10_000);
      let bytes = 0;
      for (const take of list) {
        await throttle.take(take.bytes, signal);
        bytes += take.bytes;
        // A tenth of a second may come at once.
        expect(bytes).toBeLessThanOrEqual((clock.ms / 1_000) * 10_000 + 1_000 + 1e-6);
        clock.ms += take.idle;
      }
    }),
  );
});

test("take() gives the whole speed to whoever always wants more", async () => {
  const { clock, throttle } = aThrottle(10_000);

  for (let turn = 0; turn < 100; turn += 1) await throttle.take(1_000, signal);

  expect(clock.ms).toBeLessThanOrEqual(10_000);
  expect(clock.ms).toBeGreaterThanOrEqual(9_800);
});
