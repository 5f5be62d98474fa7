import { LIMITS } from "@modfleet/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Credits } from "./credits.ts";

const offer = (epoch: number) => ({ job: "job_00000000000000000001", epoch });

function readyCredits(slots: number): Credits {
  const credits = new Credits(slots, LIMITS);
  credits.ready(slots);
  return credits;
}

test("Credits has none before ready", () => {
  expect(new Credits(2, LIMITS).free).toBe(0);
});

test("Credits takes the last ready as it is, up to the agent's slots", () => {
  const credits = readyCredits(3);

  credits.ready(1);
  expect(credits.free).toBe(1);
  credits.ready(16);
  expect(credits.free).toBe(3);
});

test("Credits counts an unanswered offer against a ready that crossed it", () => {
  const credits = readyCredits(2);

  credits.offered(offer(1), 0);
  credits.ready(2);

  expect(credits.free).toBe(1);
});

test("Credits takes a ready after the accept as it is", () => {
  const credits = readyCredits(2);
  credits.offered(offer(1), 0);

  credits.accepted(offer(1));
  credits.ready(1);

  expect(credits.free).toBe(1);
});

test("Credits gets a declined slot back, but only once", () => {
  const credits = readyCredits(1);
  credits.offered(offer(1), 0);

  credits.declined(offer(1));
  credits.declined(offer(1));

  expect(credits.free).toBe(1);
});

test("Credits ends the offers after three declines in a row until the next ready", () => {
  const credits = readyCredits(2);
  for (const epoch of [1, 2, 3]) {
    credits.offered(offer(epoch), 0);
    credits.declined(offer(epoch));
  }

  expect(credits.free).toBe(0);
  credits.ready(2);
  expect(credits.free).toBe(2);
});

test("Credits starts counting declines anew after an accept", () => {
  const credits = readyCredits(2);
  for (const epoch of [1, 2, 4, 5]) {
    credits.offered(offer(epoch), 0);
    credits.declined(offer(epoch));
    if (epoch !== 2) continue;
    credits.offered(offer(3), 0);
    credits.accepted(offer(3));
  }

  expect(credits.free).toBe(1);
});

test("Credits frees the slot of an offer that ran out, three of them in a row like declines", () => {
  const credits = readyCredits(1);

  credits.offered(offer(1), 0);
  expect(credits.expire(LIMITS.offerMs - 1)).toBe(false);
  expect(credits.expire(LIMITS.offerMs)).toBe(true);
  credits.offered(offer(2), LIMITS.offerMs);
  credits.offered(offer(3), LIMITS.offerMs);

  expect(credits.expire(2 * LIMITS.offerMs)).toBe(false);
  expect(credits.free).toBe(0);
});

test("Credits never has more offers open and slots free together than the agent has slots", () => {
  const step = fc.oneof(
    fc.record({ type: fc.constant("ready" as const), n: fc.integer({ min: 0, max: 16 }) }),
    fc.record({ type: fc.constantFrom("accepted" as const, "declined" as const), n: fc.integer({ min: 1, max: 8 }) }),
    fc.record({ type: fc.constant("expire" as const), n: fc.integer({ min: 0, max: 60_000 }) }),
    fc.record({ type: fc.constant("offer" as const), n: fc.constant(0) }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 60 }), (slots, steps) => {
      const credits = new Credits(slots, LIMITS);
      const open = new Set<number>();
      let epoch = 0;
      for (const { type, n } of steps) {
        if (type === "ready") credits.ready(n);
        if (type === "accepted") credits.accepted(offer(n));
        if (type === "declined") credits.declined(offer(n));
        if (type === "accepted" || type === "declined") open.delete(n);
        if (type === "offer" && credits.free > 0) {
          epoch += 1;
          credits.offered(offer(epoch), 0);
          open.add(epoch);
        }
        if (type === "expire") credits.expire(n);
        if (type === "expire" && n >= LIMITS.offerMs) open.clear();
        expect(credits.free + open.size).toBeLessThanOrEqual(slots);
      }
    }),
  );
});
