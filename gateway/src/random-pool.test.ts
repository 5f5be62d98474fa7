import { expect, test } from "vitest";
import { pooledRandom } from "./random-pool.ts";

test("pooledRandom() hands every byte out once, in few calls", () => {
  let [calls, next] = [0, 0];
  const random = pooledRandom((bytes) => {
    calls += 1;
    return Uint8Array.from({ length: bytes }, () => next++ % 256);
  });

  const taken = Array.from({ length: 400 }, () => random(20));

  expect(taken.flatMap((bytes) => [...bytes])).toEqual(Array.from({ length: 8_000 }, (_, n) => n % 256));
  expect(calls).toBe(1);
  expect(random(20_000)).toHaveLength(20_000);
});

test("pooledRandom() is not changed by who writes into what it gave", () => {
  const random = pooledRandom((bytes) => new Uint8Array(bytes));

  random(4).fill(255);

  expect([...random(4)]).toEqual([0, 0, 0, 0]);
});
