import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type IdPrefix, LIMITS, newId } from "@modfleet/protocol";
import { createCounters } from "./actions/create-counters.ts";
import { createPieceKeeper } from "./actions/keep-pieces.ts";
import { createDiskBlobs } from "./blobs/disk.ts";
import { createArchiveVerifier } from "./blobs/verifier.ts";
import type { Config } from "./config.ts";
import type { Deps } from "./deps.ts";
import { createDeclines } from "./domain/declines.ts";
import { createBells } from "./link/bells.ts";
import { createLink, type Link } from "./link/link.ts";
import { createLog, type Log } from "./log.ts";
import type { Runtime } from "./runtime.ts";
import { createSteam } from "./steam/create-steam.ts";
import { createAgentStore } from "./store/agents.ts";
import { createCatalogueStore } from "./store/catalogue.ts";
import { createShelfStore } from "./store/create-shelf.ts";
import type { Database } from "./store/database.ts";
import { createEmbedded } from "./store/embedded.ts";
import { createJobStore } from "./store/jobs.ts";
import { migrate, readMigrations } from "./store/migrate.ts";
import { createNetworkStore } from "./store/networks.ts";
import { createRemote } from "./store/remote.ts";
import { sharedSetting } from "./store/settings.ts";
import { createStatisticsStore } from "./store/statistics.ts";
import { createUploadStore } from "./store/uploads.ts";

/** `isBulk`: many rows that can be written again, see `EmbeddedOptions`. */
type BulkOption = { isBulk?: boolean };

type Surroundings = Pick<Runtime, "now" | "random" | "randomBytes" | "fetch">;

/** The database of the configuration: a file of this machine, or sqld and Turso over the network. */
export async function openDatabase(
  { database }: Pick<Config, "database">,
  { isBulk = false }: BulkOption = {},
): Promise<Database> {
  if (!database.url.startsWith("file:"))
    return createRemote({ url: database.url, token: database.token?.reveal() ?? null });
  const path = database.url.replace(/^file:(\/\/)?/, "");
  await mkdir(dirname(path), { recursive: true });
  return createEmbedded({ path, isBulk });
}

/** The database with its schema up to date. */
async function openCurrent(config: Config, options: BulkOption): Promise<Database> {
  try {
    const database = await openDatabase(config, options);
    await migrate(database, await readMigrations());
    return database;
  } catch (cause) {
    const hint = "Could not use the database, see MODFLEET_DATABASE_URL and MODFLEET_DATA";
    throw new Error(`${hint}: ${reason(cause)}`, { cause });
  }
}

/** What works on rows alone. The schema is up to date when this resolves. */
export async function openRows(config: Config, { now, random, randomBytes }: Surroundings, options: BulkOption = {}) {
  const database = await openCurrent(config, options);
  const log: Log = createLog({ level: config.logLevel });
  const fresh = Buffer.from(randomBytes(32)).toString("base64");
  const uploadSecret = Buffer.from(await sharedSetting(database, "upload_secret", fresh), "base64");
  return {
    ...{ config, database, log, now, random, randomBytes, uploadSecret },
    limits: LIMITS,
    newId: (prefix: IdPrefix) => newId(prefix, randomBytes),
    agents: createAgentStore(database),
    catalogue: createCatalogueStore(database),
    jobs: createJobStore(database),
    networks: createNetworkStore(database),
    shelf: createShelfStore(database),
    statistics: createStatisticsStore(database),
    uploads: createUploadStore(database),
    bells: createBells({ log }),
    declines: createDeclines(now),
  };
}

/** The last cause: what is above it, such as "fetch failed", says nothing to an operator. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? reason(error.cause) : error.message || error.name;
}

export type Rows = Awaited<ReturnType<typeof openRows>>;

export type Services = { deps: Deps; link: Link; close(): Promise<void> };

/** Everything a serving gateway needs. `close` flushes what is buffered and gives everything back. */
export async function openServices(config: Config, runtime: Surroundings): Promise<Services> {
  const rows = await openRows(config, runtime);
  const { log, now, random } = rows;
  const steam = createSteam({
    ...{ steam: config.steam, steamCalls: config.steamCalls, log, now, random },
    fetch: runtime.fetch,
    sleep: (ms, signal) => delay(ms, undefined, { signal }),
  });
  const verifier = createArchiveVerifier();
  const blobs = createDiskBlobs({ root: config.blobsFolder, now });
  const counters = createCounters({ statistics: rows.statistics, writer: rows.newId("req"), log, now });
  const link = createLink({ ...rows, steam });
  const closing = new AbortController();
  const piecesOf = createPieceKeeper({ ...rows, blobs, signal: closing.signal });
  const deps = { ...rows, steam, blobs, counters, fleet: link.fleet, verifyArchive: verifier.verify, piecesOf };
  return {
    deps,
    link,
    async close() {
      steam.close();
      closing.abort();
      await verifier.close();
      await counters.close();
      await rows.database.close();
    },
  };
}
