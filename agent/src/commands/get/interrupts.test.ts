import { expect, test } from "vitest";
import { testContext } from "../../../test/test-context.ts";
import { interruptedBy } from "./interrupts.ts";

function bench(env: Record<string, string> = {}) {
  let time = 0;
  let parent = 1;
  const context = testContext(env, { now: () => time, parentId: () => parent });
  const interrupts = interruptedBy(context);
  return { ...interrupts, context, tick: (ms: number) => (time += ms), orphan: () => (parent = 2) };
}

test("interruptedBy() aborts with the first signal and ends the process with the second", () => {
  const all = bench();
  all.watchInterrupts();
  all.watchInterrupts();
  all.context.signal("SIGINT");
  expect([all.signal.aborted, all.context.exits]).toEqual([true, []]);

  // The same wish, handed on by npm.
  all.tick(100);
  all.context.signal("SIGINT");
  all.context.signal("SIGTERM");
  expect(all.context.exits).toEqual([]);

  all.tick(400);
  all.context.signal("SIGINT");
  expect(all.context.exits).toEqual([130]);
});

test("interruptedBy() leaves signals alone before they are watched for", () => {
  const all = bench();
  all.context.signal("SIGINT");

  expect(all.signal.aborted).toBe(false);
});

test("interruptedBy() aborts when the npm that started this is gone", async () => {
  const all = bench({ npm_lifecycle_event: "agent" });
  all.watchInterrupts();
  all.orphan();

  await expect.poll(() => all.signal.aborted, { timeout: 5_000 }).toBe(true);
});
