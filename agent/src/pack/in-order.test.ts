import { expect, test } from "vitest";
import { inOrder, type Pending } from "./in-order.ts";

test("inOrder() hands results out in the order of their source, whoever is ready first", async () => {
  const first = Promise.withResolvers<string>();
  const source: Pending<string>[] = [
    { weight: 1, value: first.promise },
    { weight: 1, value: Promise.resolve("second") },
  ];

  const results = Array.fromAsync(inOrder(source, { weightMax: 9, countMax: 9 }));
  first.resolve("first");

  expect(await results).toEqual(["first", "second"]);
});

test.each([
  ["weight", { weightMax: 30, countMax: 100 }],
  ["count", { weightMax: 1e9, countMax: 4 }],
])("inOrder() holds no more than its window by %s", async (_what, window) => {
  let started = 0;
  let taken = 0;
  let heldMax = 0;
  function* source(): Generator<Pending<number>> {
    for (let i = 0; i < 50; i += 1) {
      started += 1;
      heldMax = Math.max(heldMax, started - taken);
      yield { weight: 10, value: Promise.resolve(i) };
    }
  }

  for await (const _ of inOrder(source(), window)) taken += 1;

  expect(taken).toBe(50);
  expect(heldMax).toBeLessThanOrEqual(5);
});

test("inOrder() throws the first error in order and closes its source", async () => {
  let isClosed = false;
  function* source(): Generator<Pending<number>> {
    try {
      yield { weight: 1, value: Promise.reject(new Error("first")) };
      yield { weight: 1, value: Promise.reject(new Error("second")) };
      yield { weight: 1, value: Promise.resolve(3) };
    } finally {
      isClosed = true;
    }
  }

  const act = Array.fromAsync(inOrder(source(), { weightMax: 1, countMax: 2 }));

  await expect(act).rejects.toThrow("first");
  expect(isClosed).toBe(true);
});
