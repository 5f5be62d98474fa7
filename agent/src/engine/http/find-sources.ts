import { setTimeout as delay } from "node:timers/promises";
import type { FailureReport } from "@modfleet/protocol";
import { type Asked, askSource, type Question, type Reach } from "./ask-source.ts";
import type { RemoteFile } from "./remote-file.ts";
import type { Trouble } from "./trouble.ts";

export type FoundFile = { url: string; file: RemoteFile };
export type Found = { ok: true; files: [FoundFile, ...FoundFile[]] } | { ok: false; failure: FailureReport };

export type Search = Omit<Question, "url"> & {
  /** In the order in which they are preferred. */
  urls: readonly string[];
  /** Asks all at the same moment; otherwise the next one only where the one before has failed. */
  together: boolean;
};

/**
 * The addresses that have the file, in their order. While none has, those that may be better later are asked again. The failure is
 * that of the first address. Throws only when the signal says so.
 */
export async function findSources(search: Search, reach: Reach, signal: AbortSignal): Promise<Found> {
  const { limits } = reach;
  const failures = new Map<string, FailureReport>();
  let left = [...search.urls];
  for (let round = 0; ; round += 1) {
    const troubles = new Map<string, Trouble>();
    for (const group of search.together ? [left] : left.map((url) => [url])) {
      const answers = await askAll(group, { search, reach, signal });
      const files = group.flatMap((url) => {
        const asked = answers.get(url);
        if (asked?.kind === "file") return [{ url, file: asked.file }];
        if (asked !== undefined) troubles.set(url, asked);
        return [];
      });
      const [first, ...others] = files;
      if (first !== undefined) return { ok: true, files: [first, ...others] };
    }
    for (const [url, { failure }] of troubles) failures.set(url, failure);
    left = left.filter((url) => canWait(troubles.get(url), { round, waitMsMax: limits.retryAfterMaxMs }));
    if (left.length === 0 || round >= limits.resumesMax) return { ok: false, failure: firstOf(search.urls, failures) };
    const backOffMs = Math.min(limits.resumeWaitMaxMs, limits.resumeWaitMs * 2 ** round);
    const waits = left.map((url) => waitOf(troubles.get(url)) ?? backOffMs);
    await delay(Math.min(...waits), undefined, { signal });
  }
}

const waitOf = (trouble: Trouble | undefined): number | null => (trouble?.kind === "slow_down" ? trouble.waitMs : null);

/** A name that nobody knows is looked up twice: once more in case a resolver was wrong for a moment. */
function canWait(trouble: Trouble | undefined, { round, waitMsMax }: { round: number; waitMsMax: number }): boolean {
  if (trouble?.kind === "slow_down") return trouble.waitMs !== null && trouble.waitMs <= waitMsMax;
  return trouble?.kind === "broken" && (trouble.isUnknownName !== true || round === 0);
}

function firstOf(urls: readonly string[], failures: ReadonlyMap<string, FailureReport>): FailureReport {
  const known = urls.map((url) => failures.get(url)).find((failure) => failure !== undefined);
  return known ?? { code: "source_unreachable", detail: "No address" };
}

type Asking = { search: Search; reach: Reach; signal: AbortSignal };

/** Once one has answered, the others have a moment left: a dead mirror must not hold up a living one. */
async function askAll(urls: readonly string[], { search, reach, signal }: Asking): Promise<Map<string, Asked>> {
  const answers = new Map<string, Asked>();
  const late = new AbortController();
  let timer: NodeJS.Timeout | null = null;
  const asks = urls.map(async (url) => {
    const asked = await askSource({ ...search, url }, reach, AbortSignal.any([signal, late.signal]));
    answers.set(url, asked);
    if (asked.kind === "file") timer ??= setTimeout(() => late.abort(), reach.limits.mirrorMs);
  });
  await Promise.allSettled(asks);
  if (timer !== null) clearTimeout(timer);
  signal.throwIfAborted();
  return answers;
}
