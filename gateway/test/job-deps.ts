import { type GatewayMessage, type IdPrefix, LIMITS, newId, type SourceKind } from "@modfleet/protocol";
import { createCounters } from "../src/actions/create-counters.ts";
import type { Connected } from "../src/domain/agent.ts";
import { createDeclines } from "../src/domain/declines.ts";
import { createBells } from "../src/link/bells.ts";
import { silentLog } from "../src/log.ts";
import type { ItemAnswer, Steam } from "../src/steam/steam.ts";
import { createCatalogueStore } from "../src/store/catalogue.ts";
import { createShelfStore } from "../src/store/create-shelf.ts";
import type { Database } from "../src/store/database.ts";
import { createEmbedded } from "../src/store/embedded.ts";
import { createJobStore } from "../src/store/jobs.ts";
import { migrate, readMigrations } from "../src/store/migrate.ts";
import { createNetworkStore } from "../src/store/networks.ts";
import { createStatisticsStore } from "../src/store/statistics.ts";
import { createUploadStore } from "../src/store/uploads.ts";
import { AGENT_A } from "./jobs.ts";
import { createMemoryBlobs } from "./memory-blobs.ts";
import { testConfig } from "./test-config.ts";

/** Everything about jobs over real SQL in memory; the clock, Steam's answers and the connected agents are the test's. */
export type JobWorld = Awaited<ReturnType<typeof jobWorld>>;

const migrations = readMigrations();
/** Tests flush the counters themselves. */
const NEVER_MS = 2 ** 31 - 1;

export async function jobWorld({ startAt = 1_000_000, path = ":memory:" }: { startAt?: number; path?: string } = {}) {
  const database: Database = createEmbedded({ path });
  await migrate(database, await migrations);
  let time = startAt;
  let serial = 0;
  const answers = new Map<string, ItemAnswer>();
  const connected: Connected[] = [];
  const told: { agent: string; message: GatewayMessage }[] = [];
  const now = (): number => time;
  const statistics = createStatisticsStore(database);
  const counters = createCounters({ statistics, writer: "test", now, log: silentLog }, NEVER_MS);
  const deps = {
    config: testConfig(),
    limits: LIMITS,
    log: silentLog,
    now,
    random: () => 0.5,
    newId: (prefix: IdPrefix) => {
      serial += 1;
      return newId(prefix, (bytes) => serialBytes(serial, bytes));
    },
    uploadSecret: new Uint8Array(32),
    jobs: createJobStore(database),
    networks: createNetworkStore(database),
    uploads: createUploadStore(database),
    shelf: createShelfStore(database),
    ...{ statistics, counters },
    catalogue: createCatalogueStore(database),
    bells: createBells({ log: silentLog }),
    declines: createDeclines(now),
    steam: fakeSteamAnswers(answers),
    agents: { anySeenSince: async (_time: number, _kind: SourceKind) => false },
    blobs: createMemoryBlobs(),
    fleet: {
      connected: () => connected,
      tell: (agent: string, message: GatewayMessage) => told.push({ agent, message }) > 0,
      disconnect: () => {},
      lastCapableAt: (kind: SourceKind) => (connected.some(({ engines }) => engines.includes(kind)) ? time : null),
    },
  };
  return {
    ...{ database, deps, answers, connected, told },
    tick: (ms: number) => {
      time += ms;
    },
    async [Symbol.asyncDispose]() {
      await counters.close();
      await database.close();
    },
  };
}

function fakeSteamAnswers(answers: ReadonlyMap<string, ItemAnswer>): Steam {
  return {
    item: async (id) => answers.get(id) ?? { kind: "removed" },
    app: async () => ({ kind: "unknown" }),
    collection: async () => ({ kind: "not_a_collection" }),
    page: async () => ({ kind: "absent" }),
    close: () => {},
  };
}

function serialBytes(serial: number, bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, place) => Math.floor(serial / 32 ** (bytes - 1 - place)) % 32);
}

export function aConnected(changes: Partial<Connected> = {}): Connected {
  const agent = { agent: AGENT_A, name: "a", network: "192.0.2.1", engines: ["workshop" as const] };
  return { ...agent, freeSlots: 2, slots: 2, freeBytes: 1e12, draining: false, connectedAt: 0, ...changes };
}
