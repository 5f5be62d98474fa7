import { expect, test } from "vitest";
import { keepBeating } from "./heartbeat.ts";

test("keepBeating() beats first within one interval, then every interval ± 10 %, until it is stopped", async () => {
  const stop = new AbortController();
  const waits: number[] = [];
  const random = [0.2, 0, 0.5, 1];
  let beats = 0;

  await keepBeating({
    everyMs: 1_000,
    beat: () => {
      beats += 1;
      if (beats === 4) stop.abort();
    },
    sleep: async (ms) => void waits.push(Math.round(ms)),
    random: () => random.shift() ?? 0.5,
    signal: stop.signal,
  });

  expect(waits).toEqual([200, 900, 1_000, 1_100, 1_000]);
  expect(beats).toBe(4);
});
