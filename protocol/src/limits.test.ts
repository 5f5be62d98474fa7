import fc from "fast-check";
import { expect, test } from "vitest";
import { deadlineMs, LIMITS, retryDelayMs } from "./limits.ts";

test("LIMITS agree with each other", () => {
  const { heartbeatMs, heartbeatJitter, agentSilentMs, gatewaySilentMs, leaseMs } = LIMITS;
  const slowestBeat = heartbeatMs * (1 + heartbeatJitter);

  expect(slowestBeat).toBeLessThan(gatewaySilentMs);
  expect(slowestBeat * 2).toBeLessThan(agentSilentMs);
  expect(agentSilentMs).toBeLessThan(leaseMs);
  expect(LIMITS.bufferedProgressMax).toBeLessThan(LIMITS.bufferedOfferMax);
  expect(LIMITS.bufferedOfferMax).toBeLessThan(LIMITS.bufferedCloseMax);
  expect(LIMITS.sourceBytesMax).toBeLessThan(LIMITS.frameBytesMax);
});

test("deadlineMs() is between ten minutes and six hours and grows with the size", () => {
  expect([null, 0, 1].map((bytes) => deadlineMs(bytes))).toEqual([600_000, 600_000, 600_000]);
  expect(deadlineMs(128 * 1024 * 3_600)).toBe(7_200_000);
  expect(deadlineMs(LIMITS.archiveBytesMax)).toBe(21_600_000);
});

test("retryDelayMs() grows fourfold, is spread over half of itself and never passes an hour", () => {
  expect([1, 2, 3, 4].map((attempt) => retryDelayMs(attempt, 0))).toEqual([7_500, 30_000, 120_000, 480_000]);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, random) => {
      const delay = retryDelayMs(attempt, random);
      expect(delay).toBeGreaterThanOrEqual(7_500);
      expect(delay).toBeLessThanOrEqual(LIMITS.retryMaxMs);
    }),
  );
});

test("retryDelayMs() takes a test's limits", () => {
  expect(retryDelayMs(1, 1, { ...LIMITS, retryBaseMs: 10 })).toBe(10);
});
