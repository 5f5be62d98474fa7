import { expect, test } from "vitest";
import { magnetInfoHash } from "./magnet.ts";

const HASH = "0123456789abcdef0123456789abcdef01234567";

test.each([
  ["hexadecimal", `magnet:?xt=urn:btih:${HASH}`],
  ["capital letters", `magnet:?xt=urn:btih:${HASH.toUpperCase()}`],
  ["a scheme in capitals", `MAGNET:?xt=URN:BTIH:${HASH}`],
  ["base 32", "magnet:?xt=urn:btih:AERUKZ4JVPG66AJDIVTYTK6N54ASGRLH"],
  ["other parameters around it", `magnet:?dn=a%20mod&xt=urn:btih:${HASH}&tr=http%3A%2F%2Ftracker%2Fannounce`],
  ["version 2 beside it", `magnet:?xt=urn:btmh:1220${"a".repeat(64)}&xt=urn:btih:${HASH}`],
])("magnetInfoHash() reads %s", (_what, magnet) => {
  expect(magnetInfoHash(magnet)).toBe(HASH);
});

test.each([
  "",
  "magnet:",
  "magnet:?dn=name",
  `magnet:?xt=urn:btih:${HASH.slice(1)}`,
  `magnet:?xt=urn:btih:${HASH}0`,
  "magnet:?xt=urn:btih:0ERUKZ4JVPG66AJDIVTYTK6N54ASGRLH",
  `magnet:?xt=urn:btmh:1220${"a".repeat(64)}`,
  `http://host/?xt=urn:btih:${HASH}`,
])("magnetInfoHash() finds none in %j", (magnet) => {
  expect(magnetInfoHash(magnet)).toBeNull();
});
