import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { AgentMessage, Hello } from "./agent-message.ts";
import { FAILURES } from "./failure.ts";

const golden = (type: string): Record<string, unknown> =>
  JSON.parse(readFileSync(new URL(`../golden/agent/${type}.json`, import.meta.url), "utf8"));
const accepts = (type: string, change: object) => AgentMessage.safeParse({ ...golden(type), ...change }).success;

test("Hello keeps unknown fields, inside held jobs too, because the signature covers them", () => {
  const [held] = Hello.parse(golden("hello")).held;
  const said = { ...golden("hello"), mood: "good", held: [{ ...held, temperature: 40 }] };

  expect(Hello.parse(said)).toEqual(said);
});

test.each([
  [{ slots: 0 }],
  [{ slots: 17 }],
  [{ freeBytes: -1 }],
  [{ agent: "agt_1" }],
  [{ agent: "job_0123456789abcdefghjk" }],
  [{ signature: "A".repeat(85) }],
  [{ signature: `${"A".repeat(85)}=` }],
  [{ protocol: [1] }],
  [{ engines: ["ftp"] }],
  [{ held: Array(65).fill({}) }],
])("Hello refuses %j", (change) => {
  expect(accepts("hello", change)).toBe(false);
});

test("ready may say that no slot is free", () => {
  expect(accepts("ready", { slots: 0 })).toBe(true);
});

test.each([[{ epoch: 0 }], [{ epoch: 1.5 }], [{ job: "job_" }], [{ reason: "mood" }]])(
  "decline refuses %j",
  (change) => {
    expect(accepts("decline", change)).toBe(false);
  },
);

test.each([[{ bytes: 0 }], [{ sha256: "A".repeat(64) }], [{ tree: "" }], [{ upload: "upl" }], [{ fetched: null }]])(
  "finished refuses %j",
  (change) => {
    expect(accepts("finished", change)).toBe(false);
  },
);

test("failed takes every code of the table and no other", () => {
  const withCode = (code: string) => accepts("failed", { failure: { code, detail: "" } });

  expect(Object.keys(FAILURES).map(withCode)).toEqual(Object.keys(FAILURES).map(() => true));
  expect(withCode("toString")).toBe(false);
});
