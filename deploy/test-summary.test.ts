import { expect, test } from "vitest";
import { summarise } from "./test-summary.ts";

const report = (passed: number, failed: number, files: unknown[] = []) => ({
  numPassedTests: passed,
  numFailedTests: failed,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: files,
});

test("summarise() takes the runner's counts", () => {
  expect(summarise(report(7, 0), 0)).toEqual({ passed: 7, failed: 0, skipped: 0, ok: true });
  expect(summarise(report(7, 2), 1)).toEqual({ passed: 7, failed: 2, skipped: 0, ok: false });
});

test("summarise() counts a file that could not be loaded", () => {
  const broken = { status: "failed", assertionResults: [] };

  expect(summarise(report(7, 0, [broken, { status: "passed", assertionResults: [{}] }]), 1)).toMatchObject({
    failed: 1,
    ok: false,
  });
});

test("summarise() does not believe a run that ended badly without a failed test", () => {
  expect(summarise(report(7, 0), 1)).toMatchObject({ failed: 1, ok: false });
  expect(summarise(report(7, 0), null)).toMatchObject({ failed: 1, ok: false });
});

test("summarise() is not ok without tests or without a report", () => {
  expect(summarise(report(0, 0), 0)).toMatchObject({ failed: 0, ok: false });
  expect(summarise(null, 0)).toEqual({ passed: 0, failed: 1, skipped: 0, ok: false });
});
