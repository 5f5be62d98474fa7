import { expect, test } from "vitest";
import { shareReads } from "./shelf-revision.ts";

/** Reads that end when the test says so; `began` counts them. */
function heldReads() {
  const ends: PromiseWithResolvers<number>[] = [];
  const read = () => {
    const end = Promise.withResolvers<number>();
    ends.push(end);
    return end.promise;
  };
  return { read: shareReads(read), began: () => ends.length, end: (n: number) => ends[n - 1]?.resolve(n), ends };
}

/** Everything that follows from promises that are settled already. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test("shareReads() never answers from a read that began before the question", async () => {
  const { read, began, end } = heldReads();
  const first = read();
  const others = [read(), read(), read()];
  expect(began()).toBe(1);

  end(1);
  expect(await first).toBe(1);
  await settled();
  expect(began()).toBe(2);
  const late = read();
  end(2);

  expect(await Promise.all(others)).toEqual([2, 2, 2]);
  await settled();
  end(3);
  expect(await late).toBe(3);
  expect(began()).toBe(3);
});

test("shareReads() reads anew for each question that waits for nobody", async () => {
  const { read, began, end } = heldReads();

  for (const n of [1, 2, 3]) {
    const answer = read();
    end(n);
    expect(await answer).toBe(n);
    await settled();
  }

  expect(began()).toBe(3);
});

test("shareReads() tells a failure only to those who shared that read", async () => {
  const { read, ends, end } = heldReads();
  const first = read();
  const second = read();

  ends[0]?.reject(new Error("Could not reach the database"));

  await expect(first).rejects.toThrow("Could not reach");
  await settled();
  end(2);
  expect(await second).toBe(2);
});
