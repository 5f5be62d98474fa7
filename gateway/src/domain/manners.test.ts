import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fleetSlowdown, newNetwork, refilled, THROTTLE_PAUSE_MS, takeRun, throttled } from "./manners.ts";

const RUNS = { burst: 30, everyMs: 10_000 };
const MINUTE = 60_000;

describe("a network's account", () => {
  test("takeRun() gives the burst and then nothing", () => {
    let state = newNetwork(RUNS, 0);
    let taken = 0;
    for (let next = takeRun(state); next !== null; next = takeRun(state)) {
      state = next;
      taken += 1;
    }

    expect(taken).toBe(30);
  });

  test("refilled() adds one run every ten seconds and never more than the burst", () => {
    const empty = { ...newNetwork(RUNS, 0), tokens: 0 };

    expect(refilled(empty, RUNS, 25_000).tokens).toBeCloseTo(2.5);
    expect(refilled(empty, RUNS, 86_400_000).tokens).toBe(30);
  });

  test("throttled() stops the address for at least half an hour and halves its speed", () => {
    const state = throttled(newNetwork(RUNS, 0), THROTTLE_PAUSE_MS, 0);

    expect(takeRun({ ...state, at: THROTTLE_PAUSE_MS - 1, tokens: 9 })).toBeNull();
    expect(refilled(state, RUNS, THROTTLE_PAUSE_MS + 20_000).tokens).toBeCloseTo(1);
  });

  test("refilled() gives nothing for the time of a pause, so that no burst follows it", () => {
    const state = throttled(newNetwork(RUNS, 0), THROTTLE_PAUSE_MS, 0);
    const looked = refilled(state, RUNS, 10 * MINUTE);

    expect(refilled(looked, RUNS, THROTTLE_PAUSE_MS)).toMatchObject({ tokens: 0, halvings: 1 });
    expect(refilled(looked, RUNS, THROTTLE_PAUSE_MS + 10 * MINUTE).halvings).toBe(0);
  });

  test("refilled() grows back by one step every ten clean minutes", () => {
    const slow = throttled(throttled(newNetwork(RUNS, 0), 0, 0), 0, 0);

    expect([0, 9, 10, 19, 20].map((minute) => refilled(slow, RUNS, minute * MINUTE).halvings)).toEqual([2, 2, 1, 1, 0]);
  });

  test("the third throttle opens the breaker for longer", () => {
    const twice = throttled(throttled(newNetwork(RUNS, 0), 0, 0), 0, 0);

    expect(throttled(twice, 0, 0).blockedUntil).toBe(60 * MINUTE);
  });

  test("fleetSlowdown() is four once three addresses were throttled within five minutes", () => {
    const hit = throttled(newNetwork(RUNS, 0), 0, 0);

    expect(fleetSlowdown([hit, hit], MINUTE)).toBe(1);
    expect(fleetSlowdown([hit, hit, hit], MINUTE)).toBe(4);
    expect(fleetSlowdown([hit, hit, hit], 6 * MINUTE)).toBe(1);
  });

  test("tokens stay between nothing and the burst, whatever the clock does", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: -1e6, max: 1e7 }), fc.boolean()), { maxLength: 40 }), (moves) => {
        let state = newNetwork(RUNS, 0);
        let now = 0;
        for (const [step, isThrottled] of moves) {
          now += step;
          state = refilled(state, RUNS, now);
          state = isThrottled ? throttled(state, 0, now) : (takeRun(state) ?? state);
          expect(state.tokens).toBeGreaterThanOrEqual(0);
          expect(state.tokens).toBeLessThanOrEqual(30);
        }
      }),
    );
  });
});
