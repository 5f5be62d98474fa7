import type { Deps } from "../deps.ts";
import { createGameFactsStore } from "../store/game-facts.ts";
import { createPageStore } from "../store/pages.ts";
import { createAdoptTurn } from "./adopt.ts";
import { cleanTurn } from "./clean.ts";
import { dispatchTurn } from "./dispatch.ts";
import { createGamesTurn } from "./games.ts";
import { runLoop } from "./loop.ts";
import { createPagesTurn } from "./pages.ts";
import { createRefreshTurn } from "./refresh.ts";
import { createSweepTurn } from "./sweep.ts";
import { createVerifyTurn } from "./verify.ts";

const SECOND = 1_000;
const LEARN_MS = 30 * SECOND;
/** One call in ten seconds: a tenth of what a gateway may ask of Steam, and 36,000 mods an hour. */
const REFRESH_MS = 10 * SECOND;

/** Starts every loop of a serving gateway; `stop` ends them and waits until the last turn is over. */
export function startLoops(deps: Deps): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const { bells, log } = deps;
  const verifyTurn = createVerifyTurn(deps);
  const adoptTurn = createAdoptTurn(deps);
  const sweepTurn = createSweepTurn(deps);
  const refreshTurn = createRefreshTurn(deps);
  const gamesTurn = createGamesTurn({ ...deps, facts: createGameFactsStore(deps.database) });
  const pagesTurn = createPagesTurn({ ...deps, pages: createPageStore(deps.database) });
  const running = Promise.all([
    runLoop(async () => void (await dispatchTurn(deps)), {
      name: "dispatch",
      bell: bells.dispatch,
      everyMs: SECOND,
      log,
      signal,
    }),
    runLoop(async () => void (await sweepTurn()), { name: "sweep", everyMs: SECOND, log, signal }),
    runLoop(verifyTurn, { name: "verify", bell: bells.verify, everyMs: 5 * SECOND, log, signal }),
    runLoop(adoptTurn, { name: "adopt", everyMs: 60 * SECOND, log, signal }),
    runLoop(gamesTurn, { name: "games", bell: bells.pages, everyMs: LEARN_MS, log, signal }),
    runLoop(pagesTurn, { name: "pages", bell: bells.pages, everyMs: LEARN_MS, log, signal }),
    runLoop(refreshTurn, { name: "refresh", everyMs: REFRESH_MS, log, signal }),
    runLoop(async () => cleanTurn(deps), { name: "clean", everyMs: 600 * SECOND, log, signal }),
  ]);
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
