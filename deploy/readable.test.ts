import { expect, test } from "vitest";
import { readable } from "./readable.ts";

const line = (fields: object): string =>
  JSON.stringify({ level: "info", time: "2026-01-01T10:20:30.000Z", message: "published", ...fields });

test("readable() puts who, what and the fields on one line", () => {
  expect(readable("gateway", line({ mod: "42", note: "two words", bytes: 5 }))).toMatch(
    /^\d\d:20:30 gateway published mod=42 note="two words" bytes=5$/,
  );
});

test("readable() marks what needs attention and shows the message of an error", () => {
  expect(readable("agent", line({ level: "warn", error: { message: "Disk full", stack: "at x" } }))).toContain(
    'agent   WARN published error="Disk full"',
  );
});

test.each(["plain words", "{broken", "[1]", '{"level":1}'])("readable() passes %j as it is", (text) => {
  expect(readable("agent", text)).toBe(`         agent   ${text}`);
});
