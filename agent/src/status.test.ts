import { expect, test } from "vitest";
import { aStatus } from "../test/a-status.ts";
import { NO_LIMITS } from "../test/harness.ts";
import { type StatusParts, toStatus } from "./status.ts";

const parts: StatusParts = {
  link: { state: "connected", since: 1_000 },
  lastEnd: { reason: "silent", detail: "Nothing was heard", at: 500 },
  work: aStatus().work,
  gateway: "http://gateway.example",
  agent: null,
  name: "box",
  limits: NO_LIMITS,
  version: "0.1.0",
};

test("toStatus() says times as ISO 8601", () => {
  expect(toStatus(parts)).toMatchObject({
    state: "connected",
    connectedSince: "1970-01-01T00:00:01.000Z",
    retryAt: null,
    lastEnd: { reason: "silent", at: "1970-01-01T00:00:00.500Z" },
    versions: { agent: "0.1.0", protocol: [1, 1] },
  });
});

test("toStatus() says when the next try comes", () => {
  expect(toStatus({ ...parts, link: { state: "connecting", retryAt: 2_000 } })).toMatchObject({
    state: "connecting",
    connectedSince: null,
    retryAt: "1970-01-01T00:00:02.000Z",
  });
});

test("toStatus() calls an agent draining until it has stopped", () => {
  const work = { ...parts.work, draining: true };

  expect(toStatus({ ...parts, work }).state).toBe("draining");
  expect(toStatus({ ...parts, work, link: { state: "stopped" } }).state).toBe("stopped");
});
