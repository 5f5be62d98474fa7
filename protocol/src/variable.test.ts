import { expect, test } from "vitest";
import type { z } from "zod";
import { variable } from "./variable.ts";

const read = (rule: z.ZodType, text: string): unknown => {
  const parsed = rule.safeParse(text);
  return parsed.success ? parsed.data : parsed.error.issues.map((issue) => issue.message);
};

test.each([
  [variable.flag(), "1", true],
  [variable.flag(), "0", false],
  [variable.oneOf(["a", "b"]), "b", "b"],
  [variable.whole(0, 65_535), "0", 0],
  [variable.whole(0, 65_535), "065", 65],
  [variable.httpUrl(), "http://127.0.0.1:9/steam/", "http://127.0.0.1:9/steam"],
  [variable.origin(), "HTTPS://Mods.Example:443/", "https://mods.example"],
  [variable.bucket(), "30/10", { burst: 30, everyMs: 10_000 }],
  [variable.bucket(), "1000/0.005", { burst: 1_000, everyMs: 5 }],
  [variable.bucket(), "1/0", { burst: 1, everyMs: 0 }],
  [variable.list(), " a, ,b ", ["a", "b"]],
])("variable %# reads %s", (rule, text, value) => {
  expect(read(rule, text)).toEqual(value);
});

test.each([
  [variable.flag(), "yes", "Must be 0 or 1"],
  [variable.oneOf(["a", "b"]), "c", "Must be one of a, b"],
  [variable.whole(1, 16), "17", "Must be a whole number from 1 to 16"],
  [variable.whole(1, 16), "-1", "Must be a whole number from 1 to 16"],
  [variable.whole(1, 16), "two", "Must be a whole number from 1 to 16"],
  [variable.httpUrl(), "localhost:8080", "Must be an address"],
  [variable.httpUrl(), "http://user:pass@host", "Must be an address"],
  [variable.httpUrl(), "http://host/?a=b", "Must be an address"],
  [variable.origin(), "http://host/path", "Must be an origin"],
  [variable.bucket(), "30", "Must be BURST/SECONDS"],
  [variable.bucket(), "0/1", "Must be BURST/SECONDS"],
  [variable.bucket(), "1/86401", "Must be BURST/SECONDS"],
])("variable %# refuses %s with one sentence", (rule, text, sentence) => {
  expect(read(rule, text)).toEqual([expect.stringMatching(`^${sentence}`)]);
});
