import { format, inspect } from "node:util";
import { expect, test } from "vitest";
import { Secret } from "./secret.ts";

const secret = new Secret("hunter2");

test("Secret prints as [secret] wherever it leaks", () => {
  const leaks = [
    String(secret),
    `${secret}`,
    JSON.stringify({ secret }),
    inspect({ deep: [secret] }, { showHidden: true }),
    format("%s %o %j", secret, secret, secret),
    String(Object.values({ ...secret })),
  ];

  expect(leaks.filter((leak) => leak.includes("hunter2"))).toEqual([]);
  expect(leaks.slice(0, 3)).toEqual(["[secret]", "[secret]", '{"secret":"[secret]"}']);
});

test("reveal() gives it away", () => {
  expect(secret.reveal()).toBe("hunter2");
});
