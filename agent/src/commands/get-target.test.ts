import { expect, test } from "vitest";
import { parseTarget } from "./get-target.ts";

test.each([
  "9000000101",
  " 9000000101 ",
  "https://steamcommunity.com/sharedfiles/filedetails/?id=9000000101",
  "http://www.steamcommunity.com/workshop/filedetails/?l=english&id=9000000101#comments",
  "steamcommunity.com/sharedfiles/filedetails?id=9000000101",
])("parseTarget() reads %j", (text) => {
  expect(parseTarget(text)).toEqual({ ok: true, id: "9000000101" });
});

test.each([
  "",
  "0",
  "-5",
  "1.5",
  "007",
  "1e3",
  "9223372036854775808",
  "abc",
  "https://steamcommunity.com/sharedfiles/filedetails/",
  "https://steamcommunity.com/sharedfiles/filedetails/?id=x",
  "https://steamcommunity.com/id/somebody?id=5",
  "https://evil.example/sharedfiles/filedetails/?id=5",
  "https://steamcommunity.com.evil.example/sharedfiles/filedetails/?id=5",
])("parseTarget() refuses %j with the rule", (text) => {
  expect(parseTarget(text)).toEqual({ ok: false, problem: expect.stringContaining("a whole number from 1 to") });
});

test("parseTarget() shows control characters and long input harmlessly", () => {
  const answer = parseTarget(`\u001b[2J${"x".repeat(10_000)}`);

  expect(answer.ok || answer.problem.length).toBeLessThan(400);
  expect(JSON.stringify(answer)).not.toContain("\u001b");
});
