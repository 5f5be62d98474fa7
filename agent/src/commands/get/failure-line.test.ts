import { FAILURES, FailureCode } from "@modfleet/protocol";
import { expect, test } from "vitest";
import { PrivateAddressError } from "../../engine/http/public-address.ts";
import { failureLine, sourceLine } from "./failure-line.ts";

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

test.each([
  ["answered 500", "the server answered 500. Try again later"],
  ["answered 403", "the server answered 403. Check the address"],
])("sourceLine() does not call a server that %s unreachable", (said, line) => {
  const failure = { code: "source_unreachable", detail: `http://a.example/x ${said}` } as const;

  expect(sourceLine("http://a.example/x", failure)).toBe(`Cannot fetch http://a.example/x: ${line}`);
});

test("sourceLine() says what to do about a public address that leads to a private one", () => {
  const detail = `http://a.example/x: ${new PrivateAddressError("10.0.0.1").message}`;

  expect(sourceLine("http://a.example/x", { code: "source_unreachable", detail })).toBe(
    "Cannot fetch http://a.example/x: it leads to a private address. Type that address itself, or set MODFLEET_ALLOW_PRIVATE_SOURCES=1 if you trust who leads there",
  );
  expect(sourceLine("http://a.example/x", { code: "source_not_found", detail: "" })).toContain("no such file");
});
