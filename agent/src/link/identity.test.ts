import { createHash, createPublicKey, verify } from "node:crypto";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { helloProof } from "@modfleet/protocol";
import { expect, test } from "vitest";
import { tempFolder } from "../../test/temp-folder.ts";
import { openIdentity } from "./identity.ts";

const AGENT = "agt_00000000000000000001";
const ORIGIN = "https://mods.example.org";
const hello = {
  type: "hello",
  agent: AGENT,
  protocol: [1, 1],
  version: "0.1.0",
  platform: "linux-x64",
  engines: ["workshop"],
  slots: 2,
  freeBytes: 1_000,
  held: [],
} as const;
const unsigned = () => ({ ...hello, protocol: [1, 1] as [number, number], engines: ["workshop" as const], held: [] });

test("openIdentity() makes one key, readable by its owner only, and keeps it", async () => {
  await using folder = await tempFolder();

  const first = openIdentity(folder.path);
  const second = openIdentity(folder.path);

  expect(first.publicKey).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(second.publicKey).toBe(first.publicKey);
  expect(statSync(folder.at("agent-key.pem")).mode & 0o777).toBe(0o600);
});

test("signHello() proves the key over nonce, origin and everything that is said", async () => {
  await using folder = await tempFolder();
  const identity = openIdentity(folder.path);
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: identity.publicKey }, format: "jwk" });
  const signed = identity.signHello(unsigned(), { nonce: "n".repeat(43), origin: ORIGIN });
  const holds = (change: object, given: { nonce?: string; origin?: string } = {}): boolean => {
    const proof = helloProof(
      { ...signed, ...change },
      {
        nonce: "n".repeat(43),
        origin: ORIGIN,
        ...given,
        sha256: createHash("sha256"),
      },
    );
    return verify(null, Buffer.from(proof), key, Buffer.from(signed.signature, "base64url"));
  };

  expect(holds({})).toBe(true);
  expect(holds({ slots: 16 })).toBe(false);
  expect(holds({}, { nonce: "m".repeat(43) })).toBe(false);
  expect(holds({}, { origin: "https://relay.example.org" })).toBe(false);
});

test("enrolled() keeps one id per gateway across restarts, until it is forgotten", async () => {
  await using folder = await tempFolder();
  const identity = openIdentity(folder.path);

  identity.enrolled(ORIGIN, AGENT);
  identity.enrolled("http://127.0.0.1:1", "agt_00000000000000000002");

  expect(openIdentity(folder.path).agentAt(ORIGIN)).toBe(AGENT);
  identity.forget(ORIGIN);
  expect(openIdentity(folder.path).agentAt(ORIGIN)).toBeNull();
  expect(openIdentity(folder.path).agentAt("http://127.0.0.1:1")).toBe("agt_00000000000000000002");
});

test("openIdentity() refuses a damaged key instead of making another", async () => {
  await using folder = await tempFolder();
  openIdentity(folder.path);
  writeFileSync(folder.at("agent-key.pem"), readFileSync(folder.at("agent-key.pem"), "utf8").slice(0, 40));

  expect(() => openIdentity(folder.path)).toThrow(/Could not read the agent's key/);
});
