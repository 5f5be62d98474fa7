import { describe, expect, test } from "vitest";
import { type Attempts, createAttempts } from "./attempts.ts";

const WAY = { first: "tcp", canUtp: true } as const;

/** One try of `address` after the other; the peer takes the connections over those in `open`, and says nothing. */
function tried(attempts: Attempts, open: readonly string[], canUtp = true): string[] {
  const ways: string[] = [];
  for (;;) {
    const attempt = attempts.next("peer", { ...WAY, canUtp });
    if (attempt === null) return ways;
    attempts.note("peer", attempt);
    attempt.isReached = open.includes(attempt.over);
    ways.push(attempt.isSecure ? `${attempt.over} encrypted` : attempt.over);
  }
}

const attemptsOf = () => createAttempts({ triesMax: 5, addressesMax: 2 });

describe("createAttempts()", () => {
  test.each([
    ["nothing", [], true, ["tcp", "utp", "tcp", "utp", "tcp"]],
    ["TCP alone", ["tcp"], true, ["tcp", "tcp encrypted", "utp", "tcp", "tcp encrypted"]],
    ["uTP alone", ["utp"], true, ["tcp", "utp", "utp encrypted", "tcp", "utp"]],
    ["TCP, and here is no uTP", ["tcp"], false, ["tcp", "tcp encrypted", "tcp", "tcp encrypted", "tcp"]],
  ])("next() goes through all manners where %s is taken", (_, open, canUtp, ways) => {
    expect(tried(attemptsOf(), open, canUtp)).toEqual(ways);
  });

  test("renew() allows as many tries again and does not begin from the first manner", () => {
    const attempts = attemptsOf();
    tried(attempts, []);

    attempts.renew("peer");

    expect(tried(attempts, [])).toEqual(["utp", "tcp", "utp", "tcp", "utp"]);
  });

  test("giveUp() ends it until forget()", () => {
    const attempts = attemptsOf();

    attempts.giveUp("peer");
    expect(attempts.next("peer", WAY)).toBe(null);
    attempts.forget("peer");

    expect(attempts.next("peer", WAY)).toMatchObject({ tries: 1, over: "tcp" });
  });

  test("note() forgets the oldest address for a new one", () => {
    const attempts = attemptsOf();
    for (const address of ["a", "b", "c"]) attempts.giveUp(address);
    const first = attempts.next("d", WAY);

    if (first !== null) attempts.note("d", first);

    expect(["a", "c"].map((address) => attempts.next(address, WAY) === null)).toEqual([false, true]);
  });
});
