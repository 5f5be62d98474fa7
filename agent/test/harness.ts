import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { LIMITS, type Limits, newId, type Offer } from "@modfleet/protocol";
import { type Agent, type AgentOptions, startAgent } from "../src/agent.ts";
import { silentLog } from "../src/log.ts";
import type { PackOutcome } from "../src/pack/pack.ts";
import type { OwnLimits } from "../src/work/limits.ts";
import type { FakeGateway } from "./fake-gateway.ts";

export const NO_LIMITS: OwnLimits = { freeBytesMin: 0, monthBytesMax: null, hours: null, apps: null };

/** Comes back at once; silence is noticed late, so that a busy machine is not taken for a half-open line. */
export const QUICK: Limits = { ...LIMITS, reconnectBaseMs: 10, gatewaySilentMs: 15_000 };

export const aJobId = (): string => newId("job", randomBytes);

export function anOffer(given: Partial<Offer> = {}): Offer {
  return {
    type: "offer",
    job: aJobId(),
    epoch: 1,
    source: { kind: "workshop", app: 294100, item: "2009463077" },
    maxBytes: 1_000_000,
    deadlineMs: 600_000,
    uploadToken: "token",
    ...given,
  };
}

/** Resolves after `ms`, or at once when the signal fires. */
export const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
  delay(ms, undefined, { signal }).catch(() => {});

export const PACKED = { kind: "packed", bytes: 4, sha256: "a".repeat(64), tree: "b".repeat(64), entries: 1 } as const;

/** Packs nothing, in no time. */
export async function instantPack({ target }: { target: string }): Promise<PackOutcome> {
  await writeFile(target, "zip\n");
  return PACKED;
}

type Given = Pick<AgentOptions, "dataFolder" | "engines"> & Partial<AgentOptions> & { at: FakeGateway };

/** A whole agent in this process, with the tools in the test's hand. It stops at the end of its scope. */
export async function testAgent({ at, ...given }: Given): Promise<Agent & AsyncDisposable> {
  const agent = await startAgent({
    gateway: at.url,
    invite: null,
    name: "test",
    slots: 2,
    limits: NO_LIMITS,
    pack: instantPack,
    upload: async () => ({ kind: "uploaded", upload: newId("upl", randomBytes) }),
    version: "0.1.0",
    platform: "test",
    now: Date.now,
    random: () => 0.5,
    sleep,
    freeBytes: () => 1e12,
    log: silentLog,
    timing: QUICK,
    ...given,
  });
  const stop = async (): Promise<void> => {
    agent.drain(0, 0);
    await agent.ended;
  };
  return { ...agent, [Symbol.asyncDispose]: stop };
}
