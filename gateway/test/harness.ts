import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { dirname } from "node:path";
import { getRequestListener } from "@hono/node-server";
import { JobId } from "@modfleet/protocol";
import { createPieceKeeper } from "../src/actions/keep-pieces.ts";
import { createApp } from "../src/app.ts";
import { createDiskBlobs } from "../src/blobs/disk.ts";
import { diskPaths } from "../src/blobs/disk-paths.ts";
import { createArchiveVerifier } from "../src/blobs/verifier.ts";
import type { Config } from "../src/config.ts";
import type { Deps } from "../src/deps.ts";
import { baseOf } from "../src/domain/advance.ts";
import type { ItemFacts, Version } from "../src/domain/catalogue.ts";
import type { Job, JobBase, JobFailure, Lease } from "../src/domain/job.ts";
import { SERVER_OPTIONS } from "../src/listen-node.ts";
import { type Log, silentLog } from "../src/log.ts";
import { createAgentStore } from "../src/store/agents.ts";
import type { NewJob } from "../src/store/jobs.ts";
import { honestZip, sha256Of, tempFolder, treeOf } from "./archives.ts";
import { anItem } from "./items.ts";
import { jobWorld } from "./job-deps.ts";
import { AGENT_A, aNewJob, aResult } from "./jobs.ts";
import { listen } from "./listen.ts";
import { piecesOf } from "./pieces.ts";
import { testConfig } from "./test-config.ts";

export type TestGateway = Awaited<ReturnType<typeof testGateway>>;

export type TestGatewayOptions = {
  config?: Partial<Config>;
  log?: Log;
  startAt?: number;
  /** A database file; none: one in memory. */
  path?: string;
  /** Other services than the test's own. */
  replace?: Partial<Pick<Deps, "steam">>;
};

/**
 * A whole gateway without a socket: the real app over real SQL in memory and archives in a temporary folder. The clock
 * (`tick`), the ids, Steam's answers (`answers`) and who is connected (`connected`) are in the test's hand.
 */
export async function testGateway(options: TestGatewayOptions = {}) {
  const { config = {}, log = silentLog, replace = {}, ...base } = options;
  const world = await jobWorld(base);
  const folder = await tempFolder();
  const verifier = createArchiveVerifier();
  const { now } = world.deps;
  const blobs = createDiskBlobs({ root: folder.path, reserveBytes: 0, now });
  const closing = new AbortController();
  const deps: Deps = {
    ...world.deps,
    log,
    config: testConfig({ blobsFolder: folder.path, ...config }),
    randomBytes: (bytes: number) => randomBytes(bytes),
    database: world.database,
    agents: createAgentStore(world.database),
    blobs,
    verifyArchive: verifier.verify,
    piecesOf: createPieceKeeper({ ...world.deps, blobs, log, signal: closing.signal }),
    ...replace,
  };
  const app = createApp(deps);
  return {
    ...{ app, deps, answers: world.answers, connected: world.connected, told: world.told, tick: world.tick },
    get: async (path: string, headers: Record<string, string> = {}) => app.request(path, { headers }),
    send: async (method: string, path: string, init: RequestInit = {}) => app.request(path, { ...init, method }),
    /** Puts a mod with an archive of these files into the library, as a finished job would. */
    addArchive: (archive: Partial<TestArchive> = {}) => addArchive(deps, folder.path, archive),
    /** A job for a mod in the given state. */
    addJob: (state: JobInState, fresh: Partial<NewJob> = {}) => addJob(deps, state, fresh),
    /** The same app behind a real socket. */
    serve: () => listen(createServer(SERVER_OPTIONS, getRequestListener(app.fetch, { overrideGlobalObjects: false }))),
    async [Symbol.asyncDispose]() {
      closing.abort();
      await verifier.close();
      await world[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

export type TestArchive = { item: Partial<ItemFacts>; files: Record<string, string>; bytes: Buffer };

/** A version in the library, and its zip. */
export type Added = { version: Version; zip: Buffer };

async function addArchive(deps: Deps, folder: string, archive: Partial<TestArchive>): Promise<Added> {
  const item = anItem(archive.item);
  const files = archive.files ?? { "About/About.xml": "<About />", "Textures/häuser.txt": "bricks".repeat(100) };
  const zip = archive.bytes ?? (await honestZip(files));
  const sha256 = sha256Of(zip);
  const path = diskPaths(folder).blob(sha256);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, zip);

  const entries = Object.entries(files).map(([entry, text]) => ({
    path: entry,
    size: Buffer.from(text).length,
    sha256: sha256Of(text),
  }));
  const unpackedBytes = entries.reduce((sum, { size }) => sum + size, 0);
  const version: Version = {
    mod: item.id,
    key: item.versionKey,
    archive: { sha256, bytes: zip.length, unpackedBytes, entries: entries.length, tree: treeOf(files) },
    sourceUpdatedAt: item.updatedAt,
    publishedAt: deps.now(),
    provenance: { agent: null, tool: "steamcmd 1", manifest: null, fetchedAt: deps.now() },
  };
  const { mod, key, archive: about, sourceUpdatedAt, publishedAt: at, provenance } = version;
  await deps.catalogue.saveItem(item, at);
  await deps.catalogue.saveEntries(sha256, entries);
  await deps.catalogue.savePieces(sha256, piecesOf(zip));
  await deps.database.batch(
    deps.catalogue.publishStatements({ mod, key, archive: about, sourceUpdatedAt, at, provenance }),
  );
  return { version, zip };
}

/** A state and what belongs to it alone. */
export type JobInState = Partial<JobBase> &
  (
    | { state: "queued" }
    | { state: "leased"; lease: Partial<Lease> }
    | { state: "verifying" }
    | { state: "done" }
    | { state: "failed"; failure: JobFailure; retryAt: number | null }
    | { state: "cancelled" }
  );

async function addJob(deps: Deps, given: JobInState, fresh: Partial<NewJob>): Promise<Job> {
  const id = JobId.parse(deps.newId("job"));
  const { job } = await deps.jobs.insertOrJoin(aNewJob({ id, requestedAt: deps.now(), ...fresh }));
  const after = inState(baseOf(job), given, deps.now());
  if (!(await deps.jobs.replace(job, after))) throw new Error(`Could not put a job into its state: ${given.state}`);
  return after;
}

function inState(base: JobBase, given: JobInState, now: number): Job {
  const shared = { ...base, ...given };
  switch (given.state) {
    case "queued":
      return { ...shared, state: "queued", notBefore: now };
    case "leased":
      return { ...shared, state: "leased", lease: { ...aLease(now), ...given.lease } };
    case "verifying":
      return { ...shared, state: "verifying", result: aResult() };
    case "done":
      return { ...shared, state: "done", result: aResult(), finishedAt: now };
    case "failed":
      return { ...shared, state: "failed", failure: given.failure, retryAt: given.retryAt, finishedAt: now };
    case "cancelled":
      return { ...shared, state: "cancelled", finishedAt: now };
  }
}

function aLease(now: number): Lease {
  const holder = { agent: AGENT_A, network: "192.0.2.1" };
  return { ...holder, until: now + 90_000, deadlineAt: now + 600_000, stage: "downloading", bytes: 10, total: 40 };
}
