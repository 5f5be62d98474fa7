import { createHash, createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Hello } from "./agent-message.ts";
import { canonicalJson, helloProof } from "./proof.ts";

const hello = Hello.parse(JSON.parse(readFileSync(new URL("../golden/agent/hello.json", import.meta.url), "utf8")));
const proofOf = (said: Omit<Hello, "signature">, nonce = "n", origin = "https://mods.example") =>
  helloProof(said, { nonce, origin, sha256: createHash("sha256") });

function shuffleKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffleKeys);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, field]) => [key, shuffleKeys(field)]),
  );
}

test("canonicalJson() is equal for equal values, whatever the order of their keys", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(canonicalJson(shuffleKeys(value))).toBe(canonicalJson(value));
    }),
  );
});

test("canonicalJson() is JSON of the same value", () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test("canonicalJson() sorts by UTF-16 code units as RFC 8785 does, leaves undefined fields out and writes no blanks", () => {
  expect(canonicalJson({ b: [1, { d: null, c: undefined }], "\u{1f600}": 1, "\ufb33": 2, a: "x" })).toBe(
    '{"a":"x","b":[1,{"d":null}],"\u{1f600}":1,"\ufb33":2}',
  );
});

test("helloProof() is the text of the specification, for ever", () => {
  const { signature: _, ...rest } = hello;
  const hash = createHash("sha256").update(canonicalJson(rest)).digest("hex");

  expect(proofOf(hello)).toBe(`modfleet agent hello v1\nn\nhttps://mods.example\n${hash}`);
  expect(hash).toBe("5e4646814f52928f3ec7654fc62439162bbe25c57ead77211d8a0d75df2f1895");
});

test("helloProof() changes with nonce, origin and every field, but not with the signature", () => {
  const proofs = [
    proofOf(hello),
    proofOf(hello, "m"),
    proofOf(hello, "n", "https://other.example"),
    proofOf({ ...hello, slots: 1 }),
    proofOf({ ...hello, mood: "good" }),
    proofOf({ ...hello, held: [] }),
  ];

  expect(new Set(proofs).size).toBe(proofs.length);
  expect(proofOf({ ...hello, signature: "B".repeat(86) } as Hello)).toBe(proofs[0]);
});

test("helloProof() signed with a key verifies with its public half and not for another gateway", () => {
  const pkcs8 = Buffer.from(`302e020100300506032b657004220420${"07".repeat(32)}`, "hex");
  const key = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
  const signature = sign(null, Buffer.from(proofOf(hello)), key);

  expect(signature.toString("base64url")).toMatch(/^[\w-]{86}$/);
  expect(verify(null, Buffer.from(proofOf(hello)), createPublicKey(key), signature)).toBe(true);
  expect(verify(null, Buffer.from(proofOf(hello, "n", "https://x")), createPublicKey(key), signature)).toBe(false);
});
