import { type Asked, countAsked } from "./door.ts";
import { readPage, wrongPageSize } from "./page-params.ts";
import { compact, isInt64 } from "./python-values.ts";
import { questionOf } from "./question-of.ts";
import { readParams } from "./read-params.ts";
import type { ReaderDeps } from "./reader-deps.ts";
import { labelJson, NO_ITEMS, pageJson } from "./shelf-json.ts";

/** `GET /list/tags/{game_id}`: the tags seen at a game's mods. */
export function listTags(asked: Asked, { counters, shelf, answer }: ReaderDeps): Response | Promise<Response> {
  const read = readParams(asked);
  const id = read.pathInteger("game_id");
  const { window } = readPage(read);
  const refusal = read.refusal();
  if (refusal !== null) return refusal;

  countAsked(asked, counters, "/list/tags/");
  if (window === null) return wrongPageSize();
  const game = isInt64(id) ? compact(id) : null;
  return answer(asked.c, questionOf("tags", { ...window, game }), async () =>
    pageJson(game === null ? NO_ITEMS : await shelf.tagsOfGame(game, window), window.offset, labelJson),
  );
}
