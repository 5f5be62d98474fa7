import { LIMITS, newId, UploadId } from "@modfleet/protocol";
import { completeUpload } from "../../gateway/src/actions/complete-upload.ts";
import { openUpload } from "../../gateway/src/actions/open-upload.ts";
import { claimsOf } from "../../gateway/src/actions/upload-access.ts";
import { verifyJob } from "../../gateway/src/actions/verify-job.ts";
import type { ItemFacts } from "../../gateway/src/domain/catalogue.ts";
import { createDeclines } from "../../gateway/src/domain/declines.ts";
import { AppError } from "../../gateway/src/domain/errors.ts";
import { createBells } from "../../gateway/src/link/bells.ts";
import { createLink, type Link } from "../../gateway/src/link/link.ts";
import { silentLog } from "../../gateway/src/log.ts";
import { dispatchTurn } from "../../gateway/src/loops/dispatch.ts";
import { sweepTurn } from "../../gateway/src/loops/sweep.ts";
import { createAgentStore } from "../../gateway/src/store/agents.ts";
import { createCatalogueStore } from "../../gateway/src/store/catalogue.ts";
import type { Database } from "../../gateway/src/store/database.ts";
import { createJobStore } from "../../gateway/src/store/jobs.ts";
import { createNetworkStore } from "../../gateway/src/store/networks.ts";
import { createStatisticsStore } from "../../gateway/src/store/statistics.ts";
import { createUploadStore } from "../../gateway/src/store/uploads.ts";
import { createMemoryBlobs } from "../../gateway/test/memory-blobs.ts";
import { testConfig } from "../../gateway/test/test-config.ts";
import type { Random } from "./random.ts";
import type { Uploaded } from "./sim-agent.ts";
import type { VirtualTime } from "./virtual-time.ts";

export type SimGatewayOptions = {
  database: Database;
  time: VirtualTime;
  random: Random;
  item: (id: string) => ItemFacts;
  /** Whether an archive passes; its hash is noted by whoever asks. */
  verifies: (sha256: string) => boolean;
};

/** The real link, actions, stores and loops over real SQL; only bytes, sockets and time are made up. */
export class SimGateway {
  readonly deps;
  link: Link;
  isUp = true;

  constructor({ database, time, random, item, verifies }: SimGatewayOptions) {
    const now = time.now;
    const rows = {
      ...{ database, now, limits: LIMITS, log: silentLog, random: random.next, randomBytes: random.bytes },
      config: testConfig({ steamRuns: { burst: 1_000, everyMs: 1 } }),
      newId: (prefix: Parameters<typeof newId>[0]) => newId(prefix, random.bytes),
      uploadSecret: new Uint8Array(32),
      ...{
        agents: createAgentStore(database),
        catalogue: createCatalogueStore(database),
        jobs: createJobStore(database),
      },
      ...{ networks: createNetworkStore(database), uploads: createUploadStore(database) },
      statistics: createStatisticsStore(database),
      ...{ bells: createBells({ log: silentLog }), declines: createDeclines(now), blobs: createMemoryBlobs() },
      steam: {
        item: async (id: string) => ({ kind: "found" as const, item: item(id) }),
        app: async () => ({ kind: "unknown" as const }),
        collection: async () => ({ kind: "not_a_collection" as const }),
        page: async () => ({ kind: "absent" as const }),
        close: () => {},
      },
      verifyArchive: async ({ sha256, tree }: { sha256: string; tree: string }) => {
        const fault = { ok: false, code: "hash_mismatch", fault: "sha256_differs", detail: "" } as const;
        const entries = [{ path: "a", size: 1, sha256 }];
        const pieces = { pieceBytes: 1, hashes: new Uint8Array(20) };
        return verifies(sha256) ? ({ ok: true, entries, tree, unpackedBytes: 1, pieces } as const) : fault;
      },
    };
    this.deps = {
      ...rows,
      fleet: { connected: () => [], tell: () => false, disconnect: () => {}, lastCapableAt: now },
    };
    this.link = createLink(this.deps);
  }

  /** A crash forgets sockets and doorbells; rows and blobs stay. */
  crash(): void {
    this.isUp = false;
  }

  restart(): void {
    this.link = createLink(this.deps);
    this.isUp = true;
  }

  /** Everything the loops would do in a second. */
  async turn(): Promise<void> {
    if (!this.isUp) return;
    const deps = { ...this.deps, fleet: this.link.fleet };
    await this.link.tick();
    await sweepTurn(deps);
    await dispatchTurn(deps);
    for (const job of await deps.jobs.verifying(20)) {
      if (job.state === "verifying") await verifyJob(deps, job, new AbortController().signal);
    }
  }

  /** What the upload routes do, without the bytes. */
  async upload({ token, packed }: { token: string; packed: { bytes: number; sha256: string } }): Promise<Uploaded> {
    if (!this.isUp) return { kind: "broken" };
    try {
      const claims = await claimsOf(this.deps, token);
      const plan = await openUpload(this.deps, { claims, ...packed });
      for (const { n, done } of plan.parts)
        if (!done) await this.deps.uploads.addPart(UploadId.parse(plan.upload), n, packed.sha256);
      await completeUpload(this.deps, { claims, upload: plan.upload });
      return { kind: "uploaded", upload: plan.upload };
    } catch (error) {
      if (error instanceof AppError && (error.code === "stale_epoch" || error.code === "unauthorized"))
        return { kind: "lost" };
      throw error;
    }
  }
}
