import { z } from "zod";

/** What we read of the report that vitest writes as JSON. */
const Report = z.object({
  numPassedTests: z.int().min(0),
  numFailedTests: z.int().min(0),
  numPendingTests: z.int().min(0),
  numTodoTests: z.int().min(0).default(0),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.unknown()) })),
});

export type Summary = { passed: number; failed: number; skipped: number; ok: boolean };

/**
 * Counts a run from the runner's own report. A file that could not be loaded counts as one failure; so does a run that
 * failed without a failed test (an unhandled error, a crash, no report). A run without tests is not ok.
 */
export function summarise(report: unknown, exitCode: number | null): Summary {
  const parsed = Report.safeParse(report);
  if (!parsed.success) return { passed: 0, failed: 1, skipped: 0, ok: false };
  const { numPassedTests: passed, numFailedTests, numPendingTests, numTodoTests, testResults } = parsed.data;
  const unloaded = testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0).length;
  const seen = numFailedTests + unloaded;
  const failed = seen === 0 && exitCode !== 0 ? 1 : seen;
  return { passed, failed, skipped: numPendingTests + numTodoTests, ok: failed === 0 && passed > 0 };
}
