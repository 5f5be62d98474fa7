import type { ModId } from "@modfleet/protocol";
import { changeJob } from "../../src/actions/change-job.ts";
import type { Job } from "../../src/domain/job.ts";
import { createGamesTurn } from "../../src/loops/games.ts";
import { createPagesTurn } from "../../src/loops/pages.ts";
import { createGameFactsStore } from "../../src/store/game-facts.ts";
import { createPageStore } from "../../src/store/pages.ts";
import { honestZip, sha256Of, treeOf } from "../archives.ts";
import type { TestGateway } from "../harness.ts";
import { AGENT_A, aResult } from "../jobs.ts";

/** The recording's items whose transfer left nothing. */
const LEAVES_NOTHING = /^392/;

/** Ends what was asked for as an agent would: with an archive, or with nothing. */
export async function endTransfer(gateway: TestGateway, mod: ModId): Promise<void> {
  const job = await gateway.deps.jobs.latestFor(mod);
  if (job?.state !== "queued") throw new Error(`Nothing is on its way for ${mod}`);
  await change(gateway, job, { type: "claimed", agent: AGENT_A, network: "192.0.2.1" });
  await change(gateway, job, { type: "accepted", agent: AGENT_A, epoch: 1 });
  await (LEAVES_NOTHING.test(mod) ? fail(gateway, job) : succeed(gateway, job));
  await learn(gateway);
  await gateway.deps.counters.flush();
}

/** What the original read of Steam at the end of each transfer: the mod's page, and its game. */
async function learn({ deps }: TestGateway): Promise<void> {
  const signal = AbortSignal.timeout(10_000);
  await createPagesTurn({ ...deps, pages: createPageStore(deps.database) })(signal);
  await createGamesTurn({ ...deps, facts: createGameFactsStore(deps.database) })(signal);
}

type Event = Parameters<typeof changeJob>[2]["event"];

async function change({ deps }: TestGateway, { id }: Job, event: Event): Promise<void> {
  const changed = await changeJob(deps, id, { event });
  if (!changed.ok) throw new Error(`Could not end a transfer: ${changed.why}`);
}

async function fail(gateway: TestGateway, job: Job): Promise<void> {
  const failure = { code: "item_removed", detail: "nothing came" } as const;
  const who = { agent: AGENT_A, epoch: 1, network: "192.0.2.1" };
  await change(gateway, job, { type: "failed", ...who, failure, confirmed: true, random: 0 });
}

async function succeed(gateway: TestGateway, job: Job): Promise<void> {
  const { deps } = gateway;
  const files = { "About.txt": `Mod ${job.mod}` };
  const zip = await honestZip(files);
  const sha256 = sha256Of(zip);
  await change(gateway, job, { type: "finished", result: aResult({ sha256, bytes: zip.length }) });
  const mod = await deps.catalogue.findMod(job.mod);
  const also = () =>
    deps.catalogue.publishStatements({
      mod: job.mod,
      key: job.version,
      archive: { sha256, bytes: zip.length, unpackedBytes: 10, entries: 1, tree: treeOf(files) },
      sourceUpdatedAt: mod?.updatedAt ?? 0,
      at: deps.now(),
      provenance: { agent: AGENT_A, tool: "steamcmd 1", manifest: null, fetchedAt: deps.now() },
    });
  const changed = await changeJob(deps, job.id, { event: { type: "verified", version: job.version }, also });
  if (!changed.ok) throw new Error(`Could not publish: ${changed.why}`);
}
