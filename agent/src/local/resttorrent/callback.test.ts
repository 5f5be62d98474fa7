import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { isCallback, toScript } from "./callback.ts";

test.each(["cb", "jQuery1_2", "$", "_", "a.b.c", "angular.callbacks._0", "имя", "a".repeat(128)])(
  "isCallback() takes %j",
  (text) => {
    expect(isCallback(text)).toBe(true);
  },
);

test.each([
  "",
  "alert(1)//",
  "a b",
  "a[0]",
  "1a",
  "a..b",
  ".a",
  "a.",
  "a-b",
  "a\n",
  "<script>",
  "function",
  "import",
  "a;b",
  "a".repeat(129),
])("isCallback() refuses %j", (text) => {
  expect(isCallback(text)).toBe(false);
});

test("toScript() is a call with the same value, whatever stands in its texts", () => {
  const value = { text: '</script>\u2028\u2029"\\', number: 1 };

  const script = toScript("cb", JSON.stringify(value));

  expect(script).not.toMatch(/[\u2028\u2029]/);
  expect(JSON.stringify(runInNewContext(`const cb = (given) => given; ${script}`))).toBe(JSON.stringify(value));
});
