import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject, randomUUID, sign } from "node:crypto";
import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { AgentId, type Hello, helloProof } from "@modfleet/protocol";
import { z } from "zod";
import { replaceDurably } from "../durable-file.ts";

type Unsigned = Omit<Hello, "signature">;

/** Who this agent is: one Ed25519 key, and the id it got from each gateway it enrolled with. */
export interface Identity {
  /** The raw 32 bytes in base64url. */
  readonly publicKey: string;
  /** The signature covers the nonce, the origin as dialled, and everything else that is said. */
  signHello(hello: Unsigned, challenge: { nonce: string; origin: string }): Hello;
  agentAt(origin: string): AgentId | null;
  enrolled(origin: string, agent: AgentId): void;
  forget(origin: string): void;
}

const Enrolments = z.record(z.string(), AgentId);
type Enrolments = z.infer<typeof Enrolments>;

/** Opens the key in `folder`, made on the first start and never again; only its owner can read it. */
export function openIdentity(folder: string): Identity {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const key = openKey(join(folder, "agent-key.pem"));
  const path = join(folder, "enrolments.json");
  const write = (change: (enrolments: Enrolments) => Enrolments): void =>
    replaceDurably(path, JSON.stringify(change(readEnrolments(path)), null, 2));

  return {
    publicKey: publicKeyOf(key),
    signHello: (hello, challenge) => signHello(key, hello, challenge),
    agentAt: (origin) => readEnrolments(path)[origin] ?? null,
    enrolled: (origin, agent) => write((all) => ({ ...all, [origin]: agent })),
    forget: (origin) => write(({ [origin]: _, ...others }) => others),
  };
}

function signHello(key: KeyObject, hello: Unsigned, { nonce, origin }: { nonce: string; origin: string }): Hello {
  const proof = helloProof(hello, { nonce, origin, sha256: createHash("sha256") });
  // The loose type of `hello` forgets its own fields when one is left out and another is added.
  return { ...hello, signature: sign(null, Buffer.from(proof), key).toString("base64url") } as Hello;
}

function publicKeyOf(key: KeyObject): string {
  const { x } = key.export({ format: "jwk" });
  if (x === undefined) throw new Error("The agent's key is not an Ed25519 key");
  return x;
}

/** Two agents that start together on one new folder end up with the same key: a link is made once only. */
function openKey(path: string): KeyObject {
  const existing = readKey(path);
  if (existing !== null) return existing;
  const draft = `${path}.${randomUUID()}`;
  const { privateKey } = generateKeyPairSync("ed25519");
  replaceDurably(draft, String(privateKey.export({ format: "pem", type: "pkcs8" })));
  try {
    linkSync(draft, path);
  } catch (cause) {
    if (!isCode(cause, "EEXIST")) throw new Error(`Could not make the agent's key: ${path}`, { cause });
  } finally {
    rmSync(draft);
  }
  chmodSync(path, 0o600);
  return readKey(path) ?? privateKey;
}

function readKey(path: string): KeyObject | null {
  try {
    return createPrivateKey(readFileSync(path));
  } catch (cause) {
    if (isCode(cause, "ENOENT")) return null;
    throw new Error(`Could not read the agent's key, move it away to get a new one: ${path}`, { cause });
  }
}

function readEnrolments(path: string): Enrolments {
  try {
    return Enrolments.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (cause) {
    if (isCode(cause, "ENOENT")) return {};
    throw new Error(`Could not read the agent's enrolments, remove the file to enrol again: ${path}`, { cause });
  }
}

function isCode(cause: unknown, code: string): boolean {
  return cause instanceof Error && "code" in cause && cause.code === code;
}
