import type { FailureCode, Policy } from "@modfleet/protocol";

const MINUTE = 60_000;
const CLEAN_STEP_MS = 10 * MINUTE;
const BREAKER_THROTTLES = 3;
const BREAKER_MS = 30 * MINUTE;
const FLEET_WINDOW_MS = 5 * MINUTE;
const FLEET_NETWORKS = 3;
const FLEET_SLOWDOWN = 4;

/** How one public address stands with Valve (PROTOCOL section 10). Kept in the database: limits outlive restarts. */
export type NetworkState = {
  /** Runs that may start now; grows with time up to `burst`. */
  tokens: number;
  at: number;
  /** Halvings in force: the bucket refills at 1 / 2^halvings of its speed. */
  halvings: number;
  /** Since when no throttle was seen, for growing back. */
  cleanSince: number;
  /** Throttles since the breaker last closed. */
  throttles: number;
  lastThrottleAt: number | null;
  /** No runs before this time. */
  blockedUntil: number;
};

export type Runs = Policy["steamRuns"];

export function newNetwork(runs: Runs, now: number): NetworkState {
  return {
    tokens: runs.burst,
    at: now,
    halvings: 0,
    cleanSince: now,
    throttles: 0,
    lastThrottleAt: null,
    blockedUntil: 0,
  };
}

/**
 * The state with the time since its last change counted in; a pause counts neither for new runs nor as clean time.
 * `slowdown` is 4 while the whole fleet is throttled.
 */
export function refilled(state: NetworkState, runs: Runs, now: number, slowdown = 1): NetworkState {
  const cleanFrom = Math.max(state.cleanSince, state.blockedUntil);
  const steps = Math.floor(Math.max(0, now - cleanFrom) / CLEAN_STEP_MS);
  const halvings = Math.max(0, state.halvings - steps);
  const everyMs = runs.everyMs * 2 ** halvings * slowdown;
  const restedMs = Math.max(0, now - Math.max(state.at, state.blockedUntil));
  const grown = everyMs > 0 ? restedMs / everyMs : runs.burst;
  const throttles = halvings === 0 && steps > 0 ? 0 : state.throttles;
  const cleanSince = steps > 0 ? cleanFrom + steps * CLEAN_STEP_MS : state.cleanSince;
  return { ...state, tokens: Math.min(runs.burst, state.tokens + grown), at: now, halvings, cleanSince, throttles };
}

/** The state after starting one run, or null while the address has to wait. Expects a refilled state. */
export function takeRun(state: NetworkState): NetworkState | null {
  if (state.at < state.blockedUntil || state.tokens < 1) return null;
  return { ...state, tokens: state.tokens - 1 };
}

/** The state after Valve said stop: half the speed, a pause of at least `retryAfterMs`, a longer one at the third time. */
export function throttled(state: NetworkState, retryAfterMs: number, now: number): NetworkState {
  const throttles = state.throttles + 1;
  const pauseMs = throttles >= BREAKER_THROTTLES ? Math.max(retryAfterMs, BREAKER_MS) * 2 : retryAfterMs;
  return {
    ...state,
    tokens: 0,
    halvings: Math.min(6, state.halvings + 1),
    cleanSince: now,
    throttles: throttles >= BREAKER_THROTTLES ? 0 : throttles,
    lastThrottleAt: now,
    blockedUntil: Math.max(state.blockedUntil, now + pauseMs),
  };
}

/** Four while three different addresses were throttled within five minutes, else one. Addresses are never rotated. */
export function fleetSlowdown(states: Iterable<NetworkState>, now: number): number {
  let recent = 0;
  for (const { lastThrottleAt } of states)
    if (lastThrottleAt !== null && now - lastThrottleAt < FLEET_WINDOW_MS) recent += 1;
  return recent >= FLEET_NETWORKS ? FLEET_SLOWDOWN : 1;
}

/** At least half an hour, as Valve's own lock. */
export const THROTTLE_PAUSE_MS = 30 * MINUTE;

export function isThrottle(code: FailureCode): boolean {
  return code === "rate_limited";
}
