import fc from "fast-check";
import { expect, test } from "vitest";
import { AGENT_A, jobId } from "../../test/jobs.ts";
import { readUploadToken, signUploadToken, type UploadClaims } from "./upload-token.ts";

const secret = new Uint8Array(32).fill(7);
const claims: UploadClaims = { job: jobId(1), epoch: 3, agent: AGENT_A, maxBytes: 5_000, expiresAt: 2_000 };

test("readUploadToken() gives back what was signed, and it fits an offer", () => {
  const token = signUploadToken(secret, claims);

  expect(readUploadToken(secret, token, 1_999)).toEqual({ ok: true, claims });
  expect(token.length).toBeLessThanOrEqual(1_024);
});

test("readUploadToken() refuses a token from its end on", () => {
  expect(readUploadToken(secret, signUploadToken(secret, claims), 2_000)).toEqual({ ok: false, reason: "expired" });
});

test("readUploadToken() refuses a token of another secret", () => {
  const token = signUploadToken(new Uint8Array(32), claims);

  expect(readUploadToken(secret, token, 0)).toEqual({ ok: false, reason: "bad_signature" });
});

test("readUploadToken() refuses any change of a token", () => {
  const token = signUploadToken(secret, claims);

  fc.assert(
    fc.property(fc.nat(token.length - 1), fc.constantFrom(..."ABab01-_."), (at, letter) => {
      fc.pre(token[at] !== letter);
      const changed = token.slice(0, at) + letter + token.slice(at + 1);
      const read = readUploadToken(secret, changed, 0);
      // The last letter of base64url carries bits that decode to nothing; the claims are the same then.
      expect(read.ok ? read.claims : claims).toEqual(claims);
      if (at < token.length - 1) expect(read.ok).toBe(false);
    }),
  );
});

test.each(["", ".", "a.b", "x".repeat(2_000), `${"a".repeat(20)}.${"b".repeat(42)}`, "ä.ö"])(
  "readUploadToken() calls junk malformed: %s",
  (junk) => {
    expect(readUploadToken(secret, junk, 0)).toEqual({ ok: false, reason: "malformed" });
  },
);

test("readUploadToken() refuses signed claims that break a rule", () => {
  const token = signUploadToken(secret, { ...claims, epoch: 0 });

  expect(readUploadToken(secret, token, 0)).toEqual({ ok: false, reason: "malformed" });
});
