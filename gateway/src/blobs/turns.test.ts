import { expect, test } from "vitest";
import { createInOrder, createTurns } from "./turns.ts";

/** A work that ends when it is told to stop, and what happened. */
function aWork(events: string[], name: string) {
  return async (signal: AbortSignal): Promise<string> => {
    events.push(`${name} starts`);
    await new Promise((resolve) => {
      if (signal.aborted) resolve(null);
      signal.addEventListener("abort", resolve);
    });
    events.push(`${name} ends`);
    return name;
  };
}

test("createTurns() stops the older work and waits for its end before the newer one starts", async () => {
  const turns = createTurns();
  const events: string[] = [];

  const first = turns("key", aWork(events, "first"));
  const second = turns("key", aWork(events, "second"));
  const third = turns("key", async () => events.push("third"));
  await Promise.all([first, second, third]);

  expect(events).toEqual(["first starts", "first ends", "second starts", "second ends", "third"]);
});

test("createTurns() leaves works with other keys alone", async () => {
  const turns = createTurns();
  const stop = Promise.withResolvers<void>();

  const first = turns("a", async (signal) => {
    await stop.promise;
    return signal.aborted;
  });
  await turns("b", async () => undefined);
  stop.resolve();

  expect(await first).toBe(false);
});

test("createTurns() goes on after a work that failed", async () => {
  const turns = createTurns();

  await expect(turns("key", () => Promise.reject(new Error("boom")))).rejects.toThrow("boom");

  expect(await turns("key", async (signal) => signal.aborted)).toBe(false);
});

test("createInOrder() runs one work at a time, also after one failed", async () => {
  const inOrder = createInOrder();
  const events: string[] = [];
  const work = (name: string) => async () => {
    events.push(`${name} starts`);
    await new Promise(setImmediate);
    events.push(`${name} ends`);
    if (name === "a") throw new Error("boom");
  };

  const all = await Promise.allSettled([inOrder(work("a")), inOrder(work("b"))]);

  expect(events).toEqual(["a starts", "a ends", "b starts", "b ends"]);
  expect(all.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
});
