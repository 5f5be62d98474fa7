/** What decides how often Steam is asked about a mod again. Times are milliseconds UTC. */
export type RecheckFacts = {
  downloads: number;
  /** When it last changed at the source. */
  updatedAt: number;
};

const HOUR = 3_600_000;

/** Nothing is asked about more often than this … */
export const RECHECK_MIN_MS = HOUR;
/** … or less often than this. */
export const RECHECK_MAX_MS = 7 * 24 * HOUR;

/** What never was fetched by anybody waits a quarter of the time for which it has not changed. */
const QUIET_SHARE = 4;
const JITTER = 0.25;

/**
 * How long until Steam is asked about a mod again: a quarter of the time since it last changed, divided by one more for each
 * doubling of its downloads, between an hour and a week. Authors who changed something today change it again soon; what
 * thousands want must be right sooner. So a mod of 1,000 downloads that changed yesterday is looked at every hour and after
 * a month without a change about twice a day; one that nobody wants is looked at weekly after a month.
 */
export function recheckEveryMs({ downloads, updatedAt }: RecheckFacts, now: number): number {
  const quietMs = Math.max(0, now - updatedAt);
  const popularity = 1 + Math.log2(1 + downloads);
  const every = Math.round(quietMs / QUIET_SHARE / popularity);
  return Math.min(RECHECK_MAX_MS, Math.max(RECHECK_MIN_MS, every));
}

/** When to look again after a look: up to a quarter sooner or later than the rule, so that no two stay together. */
export function nextCheckAt(facts: RecheckFacts, now: number, random: number): number {
  return now + around(recheckEveryMs(facts, now), random);
}

/**
 * When to look for the first time: anywhere within the rule's time, so that a library taken over is not due at once, and not
 * within half an hour: what was fetched just now is known to be the newest.
 */
export function firstCheckAt(facts: RecheckFacts, now: number, random: number): number {
  return now + Math.round(RECHECK_MIN_MS / 2 + recheckEveryMs(facts, now) * random);
}

/** When to look again at a new version that nobody can fetch now. */
export function retryCheckAt(now: number, random: number): number {
  return now + around(RECHECK_MIN_MS, random);
}

/** When to look again at what Steam no longer has: it may come back. */
export function removedCheckAt(now: number, random: number): number {
  return now + around(RECHECK_MAX_MS, random);
}

function around(ms: number, random: number): number {
  return Math.round(ms * (1 - JITTER + 2 * JITTER * random));
}
