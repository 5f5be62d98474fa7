import { type Rechecked, recheckMod } from "../actions/recheck-mod.ts";
import type { Deps } from "../deps.ts";
import { firstCheckAt, nextCheckAt, removedCheckAt, retryCheckAt } from "../domain/recheck.ts";
import { type CheckTime, createRecheckStore, type Recheckable, type RecheckStore } from "../store/recheck.ts";

type RefreshDeps = Parameters<typeof recheckMod>[0] & Pick<Deps, "database" | "log" | "random">;

/** One call of Steam's interface. */
const BATCH_MAX = 100;
/** Longer than a batch may take; what was claimed by a gateway that died is looked at again after it. */
const CLAIM_MS = 600_000;
/** Steam did not answer: people's requests try first. */
const PAUSE_MIN_MS = 60_000;
/** The database is busy for some 20 ms with that many … */
const LOOK_MAX = 200;
/** … so others get their turn in between: a library of 100,000 has all its times after a quarter of an hour. */
const LOOKS_MAX = 5;
/** No first look comes sooner than half an hour, so mods may wait for theirs to be planned. */
const LOOK_AGAIN_MS = 600_000;

/**
 * Asks Steam about mods whose archive is here and whose time has come, one batch a turn, the longest overdue first, and
 * gives times to those that have none. Rows are the truth: gateways on one database share the work by claiming, and a turn
 * that ends early only delays its batch.
 */
export function createRefreshTurn(deps: RefreshDeps): (signal: AbortSignal) => Promise<void> {
  const store = createRecheckStore(deps.database);
  const scheduleSome = createScheduler(deps, store);
  let pausedUntil = 0;

  return async (signal) => {
    await scheduleSome();
    const now = deps.now();
    if (now < pausedUntil) return;
    const due = await store.claimDue({ now, until: now + CLAIM_MS, limit: BATCH_MAX });
    if (due.length === 0) return;
    const { times, counts, retryAfterMs } = await recheckBatch(deps, due, signal);
    await store.reschedule(times);
    if (retryAfterMs !== null) pausedUntil = deps.now() + Math.max(PAUSE_MIN_MS, retryAfterMs);
    deps.log.debug("Looked for new versions", counts);
  };
}

type Batch = { times: CheckTime[]; counts: Partial<Record<Rechecked, number>>; retryAfterMs: number | null };

async function recheckBatch(deps: RefreshDeps, due: readonly Recheckable[], signal: AbortSignal): Promise<Batch> {
  const ids = due.map(({ id }) => id);
  // Asked for at one moment, they share one call.
  const answers = await Promise.all(ids.map((id) => deps.steam.item(id, { fresh: true })));
  const mods = new Map((await deps.catalogue.findMods(ids)).map((mod) => [mod.id, mod]));
  const batch: Batch = { times: [], counts: {}, retryAfterMs: null };
  for (const [n, { id }] of due.entries()) {
    const answer = answers[n];
    const mod = mods.get(id);
    if (signal.aborted) break;
    if (answer === undefined || mod === undefined) continue;
    const rechecked = await recheckMod(deps, mod, answer).catch((cause: unknown) => {
      deps.log.error("Could not recheck a mod", { mod: id, cause });
      return "unknown" as const;
    });
    batch.counts[rechecked] = (batch.counts[rechecked] ?? 0) + 1;
    if (answer.kind === "unavailable") batch.retryAfterMs = Math.max(batch.retryAfterMs ?? 0, answer.retryAfterMs);
    // A new version's time at the source decides how soon there may be another one.
    const updatedAt = answer.kind === "found" ? answer.item.updatedAt : mod.updatedAt;
    const at = checkTime(deps, rechecked, { downloads: mod.downloads, updatedAt });
    if (at !== null) batch.times.push({ id, at });
  }
  return batch;
}

/** Null leaves the time that claiming gave. */
function checkTime({ now, random }: RefreshDeps, rechecked: Rechecked, facts: Omit<Recheckable, "id">): number | null {
  switch (rechecked) {
    case "unknown":
      return null;
    case "later":
      return retryCheckAt(now(), random());
    case "removed":
      return removedCheckAt(now(), random());
    case "same":
    case "queued":
      return nextCheckAt(facts, now(), random());
  }
}

/** Walks through the catalogue in bounded steps, again and again, and spreads what is new over its time. */
function createScheduler({ now, random }: RefreshDeps, store: RecheckStore): () => Promise<void> {
  let after = "0";
  let restsUntil = 0;

  return async () => {
    for (let looks = 0; looks < LOOKS_MAX && now() >= restsUntil; looks += 1) {
      const { mods, last } = await store.unscheduled({ after, limit: LOOK_MAX });
      await store.schedule(mods.map((mod) => ({ id: mod.id, at: firstCheckAt(mod, now(), random()) })));
      after = last ?? "0";
      if (last === null) restsUntil = now() + LOOK_AGAIN_MS;
    }
  };
}
