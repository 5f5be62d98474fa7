import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { AgentMessage, Decline, Stage } from "./agent-message.ts";
import { CLOSE_CODES } from "./close-codes.ts";
import { FAILURES, type FailureCode, failureRule } from "./failure.ts";
import { GatewayMessage, LostReason } from "./gateway-message.ts";
import { SourceKind } from "./source.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const rowsOf = (heading: string): string[][] => {
  const section = readme.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| `"));
  return rows.map((row) => row.split("|").map((cell) => cell.trim().replaceAll("`", "")));
};
const fieldsOf = (shape: object): string[] => Object.keys(shape).filter((field) => field !== "type");

test.each([
  ["Messages of an agent", AgentMessage],
  ["Messages of a gateway", GatewayMessage],
] as const)("README.md has every message and every field under %s", (heading, union) => {
  const written = rowsOf(heading).map(([, type, fields]) => [type, fields?.replaceAll("?", "")]);
  const exist = union.options.map(({ shape }) => [shape.type.value, fieldsOf(shape).join(", ")]);
  const explained = written.map(([type, fields]) => [type, sorted(fields)]);

  expect(explained).toEqual(exist.map(([type, fields]) => [type, sorted(fields)]));
});

const sorted = (fields = ""): string => fields.split(", ").toSorted().join(", ");

test("README.md has every close code with its number and whether to come back", () => {
  const written = rowsOf("Close codes").map(([, name, code, back]) => [name, Number(code), back === "no"]);

  expect(written).toEqual(Object.entries(CLOSE_CODES).map(([name, row]) => [name, row.code, row.comeBackMs === null]));
});

test("README.md has every failure with its rule", () => {
  const written = rowsOf("Failures").map(([, code, , retry, charged]) => [code, retry?.split(",")[0], charged]);
  const exist = Object.keys(FAILURES).map((code) => {
    const rule = failureRule(code as FailureCode);
    return [code, rule.retry.replace("_", " "), rule.charged ? "yes" : "no"];
  });

  expect(written).toEqual(exist);
});

test("README.md says how long every final failure is remembered", () => {
  const HOUR = 3_600_000;
  const units: Record<string, number> = { h: HOUR, days: 24 * HOUR, min: HOUR / 60 };
  const written = rowsOf("Failures").map((cells) => {
    const [count = "0", unit = ""] = cells[5]?.split(" ") ?? [];
    return count === "–" ? 0 : Number(count) * (units[unit] ?? Number.NaN);
  });

  expect(written).toEqual(Object.values(FAILURES).map((rule) => rule.rememberMs));
});

test("README.md names every reason, stage and kind of source", () => {
  const names = [...Decline.shape.reason.options, ...LostReason.options, ...Stage.options, ...SourceKind.options];

  expect(names.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
});
