import type { SourceKind } from "@modfleet/protocol";
import { expect, test } from "vitest";
import { AGENT_A, AGENT_B, jobId } from "../../test/jobs.ts";
import { createDeclines } from "./declines.ts";

const aJob = (n: number, kind: SourceKind = "workshop") => ({ id: jobId(n), source: { kind } });

test("createDeclines() remembers who declined what for a minute", () => {
  let now = 0;
  const declines = createDeclines(() => now);

  declines.note(jobId(1), AGENT_A);

  expect([declines.has(aJob(1), AGENT_A), declines.has(aJob(1), AGENT_B), declines.has(aJob(2), AGENT_A)]).toEqual([
    true,
    false,
    false,
  ]);
  now = 60_000;
  expect(declines.has(aJob(1), AGENT_A)).toBe(false);
});

test("createDeclines() keeps a bounded number", () => {
  const declines = createDeclines(() => 0);

  for (let n = 0; n < 10_050; n += 1) declines.note(jobId(n), AGENT_A);

  expect(declines.has(aJob(0), AGENT_A)).toBe(false);
  expect(declines.has(aJob(10_049), AGENT_A)).toBe(true);
});

test("createDeclines() leaves an agent whose tool for a kind is broken alone for ten minutes", () => {
  let now = 0;
  const declines = createDeclines(() => now);

  declines.noteBroken(AGENT_A, "workshop");

  expect([declines.has(aJob(1), AGENT_A), declines.has(aJob(1), AGENT_B)]).toEqual([true, false]);
  expect(declines.has(aJob(1, "torrent"), AGENT_A)).toBe(false);
  now = 600_000;
  expect(declines.has(aJob(1), AGENT_A)).toBe(false);
});

test("createDeclines() forgets what an agent said before it came back", () => {
  const declines = createDeclines(() => 0);
  declines.note(jobId(1), AGENT_A);
  declines.note(jobId(1), AGENT_B);
  declines.noteBroken(AGENT_A, "workshop");

  declines.forget(AGENT_A);

  expect([declines.has(aJob(1), AGENT_A), declines.has(aJob(1), AGENT_B)]).toEqual([false, true]);
});
