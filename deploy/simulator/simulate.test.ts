import { expect, test } from "vitest";
import { ALL_FAULTS, simulate } from "./simulate.ts";

const SEEDS = 200;

test("the fleet keeps its promises in 200 worlds of faults", async () => {
  const broken: unknown[] = [];
  const total: Record<string, number> = {};
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const { violations, states } = await simulate(seed);
    if (violations.length > 0) broken.push({ seed, violations });
    for (const [state, count] of Object.entries(states)) total[state] = (total[state] ?? 0) + count;
  }

  expect(broken).toEqual([]);
  expect(total["done"]).toBeGreaterThan(SEEDS * 5);
}, 120_000);

test("a world without faults publishes everything at the first try", async () => {
  const none = Object.fromEntries(Object.keys(ALL_FAULTS).map((name) => [name, 0])) as typeof ALL_FAULTS;

  const { violations, states } = await simulate(7, none);

  expect(violations).toEqual([]);
  expect(states).toEqual({ requested: 6, settled: 6, done: 6 });
});
