import { setImmediate } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { Inbox } from "./inbox.ts";

test("Inbox handles one item at a time, in order", async () => {
  const steps: string[] = [];
  const inbox = new Inbox<number>({
    handle: async (item) => {
      steps.push(`${item} begins`);
      await setImmediate();
      steps.push(`${item} ends`);
    },
    failed: () => {},
    itemsMax: 10,
  });

  inbox.push(1);
  inbox.push(2);

  await vi.waitFor(() => expect(steps).toEqual(["1 begins", "1 ends", "2 begins", "2 ends"]));
});

test("Inbox goes on after an item that failed, and says which", async () => {
  const handled: number[] = [];
  const failed: unknown[] = [];
  const inbox = new Inbox<number>({
    handle: async (item) => {
      if (item === 1) throw new Error("one");
      handled.push(item);
    },
    failed: (error, item) => failed.push([String(error), item]),
    itemsMax: 10,
  });

  inbox.push(1);
  inbox.push(2);

  await vi.waitFor(() => expect(handled).toEqual([2]));
  expect(failed).toEqual([["Error: one", 1]]);
});

test("Inbox refuses what is too much and takes again when there is room", async () => {
  const gate = Promise.withResolvers<void>();
  const handled: number[] = [];
  const inbox = new Inbox<number>({
    handle: async (item) => {
      await gate.promise;
      handled.push(item);
    },
    failed: () => {},
    itemsMax: 2,
  });

  expect([1, 2, 3, 4].map((item) => inbox.push(item))).toEqual([true, true, true, false]);
  gate.resolve();
  await vi.waitFor(() => expect(handled).toEqual([1, 2, 3]));

  expect(inbox.push(5)).toBe(true);
});

test("Inbox drops what waits when it is cleared", async () => {
  const gate = Promise.withResolvers<void>();
  const handled: number[] = [];
  const inbox = new Inbox<number>({
    handle: async (item) => {
      await gate.promise;
      handled.push(item);
    },
    failed: () => {},
    itemsMax: 2,
  });
  inbox.push(1);
  inbox.push(2);

  inbox.clear();
  gate.resolve();
  await vi.waitFor(() => expect(handled).toEqual([1]));
  inbox.push(3);

  await vi.waitFor(() => expect(handled).toEqual([1, 3]));
});
