import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { FailureCode, FailureReport, Source } from "@modfleet/protocol";
import type { FetchOutcome, FetchRequest } from "../engine.ts";
import type { EngineLog, SteamcmdLimits } from "../options.ts";
import { type Attempt, runAttempt } from "./attempt.ts";
import { type Again, type Judgement, judge } from "./classify.ts";
import type { Slot } from "./slots.ts";

export type WorkshopItem = Extract<Source, { kind: "workshop" }>;

export type FetchItemOptions = {
  slot: Slot;
  source: WorkshopItem;
  user: string;
  environment: Record<string, string>;
  limits: SteamcmdLimits;
  now: () => number;
  log: EngineLog;
  /** Steam refused the account; nobody may log in with it again before a person has acted. */
  onAccountRefused: (detail: string) => void;
};

/** Failures after which the next try goes on with the bytes that lie here. After all others it starts clean. */
const KEEPS_FOLDER: ReadonlySet<FailureCode> = new Set<FailureCode>([
  "steam_timeout",
  "steam_unreachable",
  "rate_limited",
  "item_locked",
  "tool_broken",
]);

/**
 * Downloads one item into `<folder>/steam`, repeating a run for as long as that helps: resumed while bytes arrive and time is
 * left, once in a fresh folder, a few times where a run never reached the item.
 */
export async function fetchItem(request: FetchRequest, options: FetchItemOptions): Promise<FetchOutcome> {
  const installDir = join(request.folder, "steam");
  const { limits, log, source } = options;
  const allowed = createAllowance(options);

  for (let run = 1; ; run += 1) {
    const attempt = await runAttempt({ ...options, ...source, installDir, request });
    const judgement = judge(attempt, contextOf(request, options));
    log.info({ app: source.app, item: source.item, run, ...summaryOf(attempt, judgement) }, "SteamCMD ran");

    if (judgement.kind === "cancelled" || request.signal.aborted) return { kind: "cancelled" };
    if (judgement.kind === "fetched") {
      const { root } = judgement.content;
      return { kind: "fetched", root, fetched: { tool: attempt.tool, manifest: judgement.manifest } };
    }
    if (judgement.kind === "failed") {
      if (judgement.stopsAccount) options.onAccountRefused(judgement.failure.detail);
      return await giveUp(judgement.failure, installDir);
    }
    if (!allowed(judgement.how, attempt)) return await giveUp(judgement.otherwise, installDir);
    if (judgement.how === "fresh") await startFresh(installDir, options.slot);
    if (judgement.how === "rerun" && !(await pause(limits.rerunWaitMs, request.signal))) return { kind: "cancelled" };
  }
}

function contextOf({ maxBytes, expectedBytes }: FetchRequest, { limits, user }: FetchItemOptions) {
  const { coolDownMs, freeBytesMin } = limits;
  return { maxBytes, expectedBytes, coolDownMs, freeBytesMin, anonymous: user === "anonymous" };
}

/** Counts repetitions: resuming is bounded by time and by growth, never by count. */
function createAllowance({ limits, now }: FetchItemOptions): (how: Again, attempt: Attempt) => boolean {
  const startedAt = now();
  let reruns = 0;
  let freshes = 0;
  return (how, attempt) => {
    switch (how) {
      case "resume":
        return attempt.grew && now() - startedAt < limits.resumeMaxMs;
      case "fresh":
        freshes += 1;
        return freshes <= 1;
      case "rerun":
        reruns += 1;
        return reruns <= limits.rerunsMax;
    }
  };
}

async function giveUp(failure: FailureReport, installDir: string): Promise<FetchOutcome> {
  if (!KEEPS_FOLDER.has(failure.code)) await rm(installDir, { recursive: true, force: true });
  return { kind: "failed", failure };
}

/** Steam also remembers chunks it takes for good in its depot cache. */
async function startFresh(installDir: string, { home, folder }: Slot): Promise<void> {
  const caches = [join(home, "Steam", "depotcache"), join(folder, "tool", "depotcache")];
  await Promise.all([installDir, ...caches].map((path) => rm(path, { recursive: true, force: true })));
}

async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return await sleep(ms, true, { signal }).catch(() => false);
}

function summaryOf({ outcome, item, grew }: Attempt, judgement: Judgement): object {
  const next = judgement.kind === "failed" ? judgement.failure.code : judgement.kind;
  return { outcome, said: item?.kind ?? null, grew, next: judgement.kind === "again" ? judgement.how : next };
}
