import type { Deps } from "../deps.ts";
import type { AppAnswer } from "../steam/steam.ts";
import type { GameFactsStore } from "../store/game-facts.ts";
import { untilAborted } from "./until-aborted.ts";

type GamesDeps = Pick<Deps, "steam" | "now"> & { facts: GameFactsStore };

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
const AT_ONCE = 5;
const FRESH_MS = 30 * DAY;
const REFRESH_EVERY_MS = 10 * MINUTE;
/** The store knows nothing of games it no longer sells; Steam is asked about them again after this. */
const NO_GAME_MS = DAY;
const NO_GAMES_MAX = 1_000;

/**
 * Learns names, genres and pictures of games that mods brought along, the newest game first, and every ten minutes asks
 * again about one game whose facts are older than thirty days. Nobody waits for it.
 */
export function createGamesTurn({ steam, now, facts }: GamesDeps): (signal: AbortSignal) => Promise<void> {
  const nowhere = new Map<number, number>();
  // An installation that was just taken over is left as it was for a while.
  let refreshAt = now() + REFRESH_EVERY_MS;

  async function learn(app: number, signal: AbortSignal): Promise<AppAnswer["kind"] | "stopped"> {
    const answer = await untilAborted(steam.app(app), signal);
    if (answer === null) return "stopped";
    if (answer.kind === "found") await facts.saveFacts(answer.app, now());
    return answer.kind;
  }

  async function learnNew(signal: AbortSignal): Promise<boolean> {
    forgetOld(nowhere, now());
    for (;;) {
      const apps = await facts.unknownGames(nowhere.keys(), AT_ONCE);
      for (const app of apps) {
        const kind = await learn(app, signal);
        if (kind === "unavailable" || kind === "stopped") return false;
        if (kind === "unknown") nowhere.set(app, now() + NO_GAME_MS);
      }
      if (apps.length < AT_ONCE) return true;
    }
  }

  async function refreshOldest(signal: AbortSignal): Promise<void> {
    if (now() < refreshAt) return;
    refreshAt = now() + REFRESH_EVERY_MS;
    const app = await facts.oldestFacts(now() - FRESH_MS);
    if (app !== null && (await learn(app, signal)) === "unknown") await facts.keepFacts(app, now());
  }

  return async (signal) => {
    if (await learnNew(signal)) await refreshOldest(signal);
  };
}

function forgetOld(nowhere: Map<number, number>, now: number): void {
  for (const [app, until] of nowhere) if (until <= now || nowhere.size > NO_GAMES_MAX) nowhere.delete(app);
}
