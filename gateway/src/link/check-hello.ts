import { createHash, createPublicKey, verify } from "node:crypto";
import {
  type CloseReason,
  commonVersion,
  type Hello,
  helloProof,
  PROTOCOL_VERSIONS,
  type VersionRange,
} from "@modfleet/protocol";
import type { Agent } from "../domain/agent.ts";
import type { AgentStore } from "../store/agents.ts";

export type HelloCheck =
  | { ok: true; agent: Agent; protocol: number }
  | { ok: false; reason: Extract<CloseReason, "no_common_version" | "unknown_agent" | "bad_signature" | "revoked"> };

type Claim = {
  hello: Hello;
  /** The frame the hello came in: the signature covers its fields as sent, also those this version does not know. */
  frame: string;
  nonce: string;
  /** Names this gateway goes by; the agent signed the one it dialled. */
  origins: readonly string[];
  versions?: VersionRange;
};

/** Who speaks, proven by the enrolled Ed25519 key over this socket's nonce and this gateway's origin. */
export async function checkHello(agents: Pick<AgentStore, "find">, claim: Claim): Promise<HelloCheck> {
  const { hello, versions = PROTOCOL_VERSIONS } = claim;
  const protocol = commonVersion(versions, hello.protocol);
  if (protocol === null) return { ok: false, reason: "no_common_version" };
  const agent = await agents.find(hello.agent);
  if (agent === null) return { ok: false, reason: "unknown_agent" };
  if (!isSigned(agent.publicKey, claim)) return { ok: false, reason: "bad_signature" };
  if (agent.status === "revoked") return { ok: false, reason: "revoked" };
  return { ok: true, agent, protocol };
}

function isSigned(publicKey: string, { hello, frame, nonce, origins }: Claim): boolean {
  const signature = Buffer.from(hello.signature, "base64url");
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: publicKey }, format: "jwk" });
  return origins.some((origin) => {
    const proof = helloProof(asSent(frame), { nonce, origin, sha256: createHash("sha256") });
    return verify(null, Buffer.from(proof), key, signature);
  });
}

/** Holds because the same frame was decoded as a `Hello` before; this keeps nested unknown fields, which zod drops. */
function asSent(frame: string): Hello {
  return JSON.parse(frame) as Hello;
}
