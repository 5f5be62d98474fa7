import { describe, expect, test } from "vitest";
import { Batch } from "./batch.ts";
import type { Verdict } from "./check.ts";
import type { Frame } from "./conversation.ts";

/** A batch whose checks end when the test says so. */
function batchBench() {
  const checks = new Map<Frame, PromiseWithResolvers<Verdict>>();
  const refused: string[] = [];
  const batch = new Batch({
    check: (frame) => {
      const check = Promise.withResolvers<Verdict>();
      checks.set(frame, check);
      return check.promise;
    },
    refuse: async ({ kind }) => void refused.push(kind),
  });
  const find = (frame: Frame, verdict: Verdict): void => checks.get(frame)?.resolve(verdict);
  return { batch, checks, refused, find };
}

const ACCEPTED: Verdict = { kind: "accepted", total: 3 };

describe("Batch", () => {
  test("finished() waits for every check and keeps the order sent", async () => {
    const { batch, find } = batchBench();
    for (const frame of ["a", "b", "c"]) await batch.add(frame);

    find("c", ACCEPTED);
    find("a", ACCEPTED);
    find("b", { kind: "dead" });

    expect(await batch.finished()).toEqual([
      { url: "a", total: 3 },
      { url: "c", total: 3 },
    ]);
  });

  test("refusals come in the order sent, whichever check ends first", async () => {
    const { batch, find, refused } = batchBench();
    for (const frame of ["a", null, "c"]) await batch.add(frame);

    find("c", { kind: "page" });
    find(null, { kind: "format" });
    await Promise.resolve();
    expect(refused).toEqual([]);
    find("a", { kind: "dead" });

    expect(await batch.finished()).toEqual([]);
    expect(refused).toEqual(["dead", "format", "page"]);
  });

  test("add() looks at eight URLs at a time and waits with the next", async () => {
    const { batch, checks, find } = batchBench();
    const frames = Array.from({ length: 10 }, (_, at) => String(at));
    const adding = (async () => {
      for (const frame of frames) await batch.add(frame);
    })();
    await new Promise(setImmediate);
    expect(checks.size).toBe(8);

    for (const frame of frames) {
      find(frame, ACCEPTED);
      await new Promise(setImmediate);
    }

    await adding;
    expect(await batch.finished()).toHaveLength(10);
  });
});
