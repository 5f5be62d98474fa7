import { expect, test } from "vitest";
import { FAILURES, FailureCode, FailureReport, failureRule } from "./failure.ts";

const rules = FailureCode.options.map((code) => ({ code, ...failureRule(code) }));

test("FAILURES tell a person what happened and what to do, in sentences", () => {
  expect(rules.filter(({ message, advice }) => message.length < 10 || advice.length < 10)).toEqual([]);
  expect(rules.filter(({ message, advice }) => /\.$/.test(message) || /\.$/.test(advice))).toEqual([]);
});

test("FAILURES charge the item only for what the item does", () => {
  expect(rules.filter((rule) => rule.charged).map((rule) => rule.code)).toEqual([
    "steam_failure",
    "empty_result",
    "internal",
  ]);
});

test("FAILURES never blame an item for a volunteer's shutdown, full disk or lost line", () => {
  for (const code of ["draining", "disk_full", "agent_lost"] as const) {
    expect(FAILURES[code]).toMatchObject({ charged: false, retry: "other_agent", rememberMs: 0 });
  }
});

test("FAILURES that are final are remembered", () => {
  expect(rules.filter((rule) => rule.retry === "never" && rule.rememberMs < 3_600_000)).toEqual([]);
});

test("FailureReport cuts the detail and bounds the wait", () => {
  const report = (more: object) => FailureReport.safeParse({ code: "internal", detail: "x".repeat(5_000), ...more });

  expect(report({}).data?.detail).toHaveLength(2_000);
  expect(report({ retryAfterMs: -1 }).success).toBe(false);
  expect(report({ retryAfterMs: 8 * 86_400_000 }).success).toBe(false);
});
