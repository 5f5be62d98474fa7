import { randomBytes } from "node:crypto";
import { AgentId, type IdPrefix, LIMITS, newId } from "@modfleet/protocol";
import { createBells } from "../src/link/bells.ts";
import { createLinkWith, type Link } from "../src/link/link.ts";
import type { LinkActions } from "../src/link/link-actions.ts";
import { silentLog } from "../src/log.ts";
import { createAgentStore } from "../src/store/agents.ts";
import { createEmbedded } from "../src/store/embedded.ts";
import { migrate, readMigrations } from "../src/store/migrate.ts";
import { testConfig } from "./test-config.ts";

/** Rules that agree to everything. */
export const agreeable: LinkActions = {
  hold: async (_, held) => ({ keep: held.map(({ job, epoch }) => ({ job, epoch })), lost: [] }),
  accept: async () => true,
  decline: async () => true,
  beat: async () => [],
  finish: async (_, { job, epoch }) => ({ type: "settled", job, epoch }),
  fail: async (_, { job, epoch }) => ({ type: "settled", job, epoch }),
};

/** The n-th agent of `quietLink`: processes that share the keys know the ids without asking. */
export const quietAgentId = (n: number): AgentId => AgentId.parse(`agt_${String(n).padStart(20, "0")}`);

/** A link on either runtime that agrees to everything, with the agents of these keys enrolled in an empty database. */
export async function quietLink(publicKeys: readonly string[]): Promise<{ link: Link; close(): Promise<void> }> {
  const database = createEmbedded({ path: ":memory:" });
  await migrate(database, await readMigrations());
  const agents = createAgentStore(database);
  const row = { name: "quiet", status: "trusted", enrolledAt: 1, lastSeenAt: null } as const;
  await Promise.all(publicKeys.map((publicKey, n) => agents.insert({ ...row, id: quietAgentId(n), publicKey })));
  const deps = {
    agents,
    bells: createBells({ log: silentLog }),
    config: testConfig(),
    limits: LIMITS,
    log: silentLog,
    newId: (prefix: IdPrefix) => newId(prefix, randomBytes),
    now: Date.now,
    random: Math.random,
    randomBytes: (bytes: number) => randomBytes(bytes),
  };
  return { link: createLinkWith(deps, agreeable), close: () => database.close() };
}

/** Tells the agent big messages until the link refuses; how many it took, and whether the agent is still connected. */
export function flood(link: Link, agent: string): { told: number; isConnected: boolean } {
  const id = AgentId.parse(agent);
  const revoked = Array.from({ length: 800 }, () => ({ job: "job_00000000000000000000", epoch: 1 }));
  let told = 0;
  while (told < 10_000 && link.fleet.tell(id, { type: "beaten", revoked })) told += 1;
  return { told, isConnected: link.fleet.connected().some(({ agent: each }) => each === id) };
}
