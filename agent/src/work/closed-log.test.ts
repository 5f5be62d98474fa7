import { expect, test } from "vitest";
import { NO_LIMITS } from "../../test/harness.ts";
import { silentLog } from "../log.ts";
import { createClosedLog } from "./closed-log.ts";
import type { OwnLimits } from "./limits.ts";

const OPEN = { freeBytes: 100, monthBytes: 0, hour: 1 };

function logging(limits: Partial<OwnLimits>) {
  const said: string[] = [];
  const log = { ...silentLog, info: (message: string) => void said.push(message) };
  return { said, note: createClosedLog({ limits: { ...NO_LIMITS, ...limits }, log }) };
}

test("createClosedLog() says once when the agent closes and once when it opens again", () => {
  const { said, note } = logging({ hours: { from: 1, to: 2 } });

  for (const hour of [1, 2, 3, 23, 1, 1]) note({ ...OPEN, hour });

  expect(said).toEqual(["Takes nothing: outside the allowed hours (1-2)", "Takes jobs again"]);
});

test.each([
  ["bytes", { monthBytesMax: 50 }, { monthBytes: 50 }, "this month's bytes are used up (50 bytes)"],
  ["disk", { freeBytesMin: 101 }, {}, "too little free disk space (101 bytes stay free)"],
])("createClosedLog() names the limit of %s", (_what, limits, at, text) => {
  const { said, note } = logging(limits);

  note({ ...OPEN, ...at });

  expect(said).toEqual([`Takes nothing: ${text}`]);
});

test("createClosedLog() says nothing about an agent that takes jobs", () => {
  const { said, note } = logging({});

  note(OPEN);

  expect(said).toEqual([]);
});
