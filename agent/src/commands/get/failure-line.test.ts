import { FAILURES, FailureCode } from "@modfleet/protocol";
import { expect, test } from "vitest";
import { failureLine } from "./failure-line.ts";

test.each(FailureCode.options)("failureLine() tells what happened and what to do for %s without a fleet", (code) => {
  const line = failureLine("42", { code, detail: "a\u001b[31m\ndetail" });

  expect(line).toMatch(/^Cannot fetch 42: .+\. .+$/);
  expect(line).toContain(FAILURES[code].message);
  expect(line).not.toMatch(/another agent|by itself|\p{C}/u);
});

test("failureLine() names the path of unsafe content", () => {
  expect(failureLine("42", { code: "unsafe_content", detail: '"aux.txt": reserved name' })).toContain(
    '("aux.txt": reserved name)',
  );
});
