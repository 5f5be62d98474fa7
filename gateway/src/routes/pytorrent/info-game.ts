import { type Asked, countAsked } from "./door.ts";
import { compact, isInt64 } from "./python-values.ts";
import { readParams } from "./read-params.ts";
import type { ReaderDeps } from "./reader-deps.ts";
import { gameJson } from "./shelf-json.ts";

/** `GET /info/game/{game_id}`: one game. */
export function infoGame(asked: Asked, { counters, shelf, answer }: ReaderDeps): Response | Promise<Response> {
  const read = readParams(asked);
  const id = read.pathInteger("game_id");
  const refusal = read.refusal();
  if (refusal !== null) return refusal;

  countAsked(asked, counters, "/info/game/");
  return answer(asked.c, `game ${id}`, async () => {
    const game = isInt64(id) ? await shelf.findShelfGame(compact(id)) : null;
    return `{"result":${game === null ? "null" : gameJson(game)}}`;
  });
}
