import type { Deps } from "../deps.ts";
import type { PageAnswer } from "../steam/steam.ts";
import type { PageClaim, PageStore } from "../store/pages.ts";
import { untilAborted } from "./until-aborted.ts";

type PagesDeps = Pick<Deps, "steam" | "bells" | "now" | "log"> & { pages: PageStore };

const MINUTE = 60_000;
/** Longer than a page may take. After a crash somebody else reads it then. */
const CLAIM_MS = MINUTE;
const AGAIN_MAX_MS = 360 * MINUTE;

/**
 * Reads one Workshop page a turn and rings for the next: dependencies and screenshots of mods that were published. Rows
 * are the queue, so any number of gateways share the work. While Steam shows no pages, mods at least get their logo.
 */
export function createPagesTurn(deps: PagesDeps): (signal: AbortSignal) => Promise<void> {
  const { pages, steam, bells, now } = deps;
  let shutUntil = 0;

  return async (signal) => {
    if (now() < shutUntil) return pages.addLogos(now());
    const claim = await pages.claim(now(), now() + CLAIM_MS);
    if (claim === null) return;
    const answer = await untilAborted(steam.page(claim.mod), signal);
    if (answer === null) return void (await pages.postpone(claim, now()));
    if (answer.kind === "unavailable") shutUntil = now() + answer.retryAfterMs;
    await takeOver(deps, claim, answer);
    bells.pages.ring();
  };
}

async function takeOver({ pages, now, log }: PagesDeps, claim: PageClaim, answer: PageAnswer): Promise<void> {
  if (answer.kind === "found") {
    await pages.save(claim, answer, now());
    const counts = { dependencies: answer.dependencies.length, screenshots: answer.screenshots.length };
    return log.debug("read a Workshop page", { mod: claim.mod, ...counts });
  }
  await pages.addLogos(now());
  if (answer.kind === "absent") await pages.settle(claim);
  else await pages.postpone(claim, now() + againMs(claim, answer.retryAfterMs, now()));
}

/** Each wait is as long as all before it, because it is as long ago as the version was published. */
function againMs({ publishedAt }: PageClaim, retryAfterMs: number, now: number): number {
  const age = now - (publishedAt ?? 0);
  return Math.max(retryAfterMs, Math.min(AGAIN_MAX_MS, Math.max(MINUTE, age)));
}
