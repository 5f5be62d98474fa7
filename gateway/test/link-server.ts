import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { type AgentId, LIMITS, type Limits, newId } from "@modfleet/protocol";
import type { Agent } from "../src/domain/agent.ts";
import { createBells } from "../src/link/bells.ts";
import { createLinkWith, type Link } from "../src/link/link.ts";
import type { LinkActions } from "../src/link/link-actions.ts";
import { acceptNodeUpgrades } from "../src/link/node-upgrade.ts";
import { type Log, silentLog } from "../src/log.ts";
import { type AgentStore, createAgentStore } from "../src/store/agents.ts";
import { createEmbedded } from "../src/store/embedded.ts";
import { migrate, readMigrations } from "../src/store/migrate.ts";
import { listen } from "./listen.ts";
import { agreeable } from "./quiet-link.ts";
import { testConfig } from "./test-config.ts";
import { type AgentKey, connectWireAgent, newAgentKey, type WireAgent, type WireAgentOptions } from "./wire-agent.ts";

export type LinkServerOptions = {
  actions?: Partial<LinkActions>;
  publicUrl?: string;
  limits?: Partial<Limits>;
  log?: Log;
  random?: () => number;
};

/** The agents' table in memory, and agents in it. */
export async function testAgentStore() {
  const database = createEmbedded({ path: ":memory:" });
  await migrate(database, await readMigrations());
  const agents = createAgentStore(database);
  return { agents, enrolled: (agent: Partial<Agent> = {}) => enrolled(agents, agent), close: () => database.close() };
}

async function enrolled(agents: AgentStore, given: Partial<Agent>): Promise<{ id: AgentId; key: AgentKey }> {
  const key = newAgentKey();
  const id = newId("agt", randomBytes);
  const agent: Agent = {
    id,
    name: "wire",
    publicKey: key.publicKey,
    status: "trusted",
    enrolledAt: 1,
    lastSeenAt: null,
    ...given,
  };
  await agents.insert(agent);
  return { id: agent.id, key };
}

/** The real link over real sockets on Node, with the clock in the test's hand and rules that agree to everything. */
export async function linkServer({
  actions = {},
  publicUrl,
  limits = {},
  log = silentLog,
  random,
}: LinkServerOptions = {}) {
  let time = 1_000_000;
  const { agents, enrolled: enrol, close } = await testAgentStore();
  const bells = createBells({ log });
  const deps = {
    agents,
    bells,
    config: testConfig(publicUrl === undefined ? {} : { publicUrl }),
    limits: { ...LIMITS, ...limits },
    log,
    newId: (prefix: Parameters<typeof newId>[0]) => newId(prefix, randomBytes),
    now: () => time,
    random: random ?? (() => 0.5),
    randomBytes: (bytes: number) => randomBytes(bytes),
  };
  const link = createLinkWith(deps, { ...agreeable, ...actions });
  const server = createServer();
  const stop = acceptNodeUpgrades(server, link);
  const { url, close: closeServer } = await listen(server);
  return {
    url,
    link,
    agents,
    bells,
    enrol,
    connect: async (options: Partial<WireAgentOptions> = {}): Promise<WireAgent> =>
      connectWireAgent({ url, ...(options.id === undefined ? await enrol() : {}), ...options }),
    tick: (ms: number) => passTime(link, ms, (step) => (time += step)),
    /** The clock jumps, or the process stood still. */
    async leap(ms: number): Promise<void> {
      time += ms;
      await link.tick();
    },
    async [Symbol.asyncDispose]() {
      stop();
      await closeServer();
      await close();
    },
  };
}

/** Second by second, as the real clock would: one leap would look like a process that was held up. */
async function passTime(link: Link, ms: number, add: (ms: number) => void): Promise<void> {
  for (let left = ms; left > 0; left -= 1_000) {
    add(Math.min(left, 1_000));
    await link.tick();
  }
}
