import { expect, test } from "vitest";
import { createWriteGate } from "./write-gate.ts";

test("createWriteGate() holds readers back while more waits for the disk than allowed", async () => {
  const gate = createWriteGate(10);
  const [one, other] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  const passed: string[] = [];

  const first = gate.hold(10, one.promise);
  gate.whenOpen(() => passed.push("full"));
  const second = gate.hold(1, other.promise);
  gate.whenOpen(() => passed.push("held"));
  expect(passed).toEqual(["full"]);
  one.resolve("done");

  expect(await first).toBe("done");
  expect(passed).toEqual(["full", "held"]);
  other.reject(new Error("disk full"));
  await expect(second).rejects.toThrow("disk full");
});

test("createWriteGate() opens for everybody when a write fails", async () => {
  const gate = createWriteGate(0);
  const work = Promise.withResolvers<void>();
  const passed: number[] = [];

  const held = gate.hold(5, work.promise);
  for (let at = 0; at < 3; at += 1) gate.whenOpen(() => passed.push(at));
  expect(passed).toEqual([]);
  work.reject(new Error("gone"));

  await expect(held).rejects.toThrow("gone");
  expect(passed).toEqual([0, 1, 2]);
});
