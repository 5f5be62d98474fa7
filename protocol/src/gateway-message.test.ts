import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { encode } from "./codec.ts";
import { Enrol, GatewayMessage } from "./gateway-message.ts";

const golden = (type: string): Record<string, unknown> =>
  JSON.parse(readFileSync(new URL(`../golden/gateway/${type}.json`, import.meta.url), "utf8"));
const accepts = (type: string, change: object) => GatewayMessage.safeParse({ ...golden(type), ...change }).success;

test("offer may leave the expected size out", () => {
  expect(accepts("offer", { expectedBytes: undefined })).toBe(true);
});

test.each([
  [{ source: { kind: "ftp" } }],
  [{ deadlineMs: 0 }],
  [{ uploadToken: "" }],
  [{ epoch: 0 }],
  [{ maxBytes: -1 }],
])("offer refuses %j", (change) => {
  expect(accepts("offer", change)).toBe(false);
});

test.each([[{ heartbeatMs: 0 }], [{ keep: [{ job: "x", epoch: 1 }] }], [{ policy: {} }]])(
  "welcome refuses %j",
  (change) => {
    expect(accepts("welcome", change)).toBe(false);
  },
);

test("lost names one of the listed reasons", () => {
  expect(accepts("lost", { why: "revoked" })).toBe(true);
  expect(accepts("lost", { why: "mood" })).toBe(false);
});

test("the largest offer that the source's rules allow still fits into a frame", () => {
  const message = GatewayMessage.parse({
    ...golden("offer"),
    source: {
      kind: "torrent",
      magnet: `magnet:?xt=urn:btih:${"a".repeat(40)}`,
      files: Array(46).fill("\u0001".repeat(160)),
    },
    uploadToken: "t".repeat(1_024),
  });

  expect(encode(message).length).toBeGreaterThan(40_000);
});

test("Enrol trims the name and takes only a raw 32-byte key", () => {
  const publicKey = "A".repeat(43);

  expect(Enrol.parse({ name: "  home ", publicKey })).toEqual({ name: "home", publicKey });
  expect(Enrol.safeParse({ name: " ", publicKey }).success).toBe(false);
  expect(Enrol.safeParse({ name: "home", publicKey: `${publicKey}=` }).success).toBe(false);
  expect(Enrol.safeParse({ name: "home", publicKey, invite: "" }).success).toBe(false);
});
