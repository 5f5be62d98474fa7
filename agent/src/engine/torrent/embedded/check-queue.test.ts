import { expect, test } from "vitest";
import { createCheckQueue } from "./check-queue.ts";

test("createCheckQueue() lets so many in at once, in the order that they came", () => {
  const queue = createCheckQueue(2);
  const begun: number[] = [];
  const leaves: (() => void)[] = [];
  for (let at = 0; at < 4; at += 1) {
    queue.enter((leave) => {
      begun.push(at);
      leaves.push(leave);
    });
  }
  expect(begun).toEqual([0, 1]);

  leaves[1]?.();
  // Who leaves twice makes no room twice.
  leaves[1]?.();

  expect(begun).toEqual([0, 1, 2]);
});

test("createCheckQueue() bears who leaves at once", () => {
  const queue = createCheckQueue(1);
  let count = 0;

  for (let at = 0; at < 3; at += 1) {
    queue.enter((leave) => {
      count += 1;
      leave();
    });
  }

  expect(count).toBe(3);
});
