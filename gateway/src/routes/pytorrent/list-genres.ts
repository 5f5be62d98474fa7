import { type Asked, countAsked } from "./door.ts";
import { readPage, wrongPageSize } from "./page-params.ts";
import { questionOf } from "./question-of.ts";
import { readParams } from "./read-params.ts";
import type { ReaderDeps } from "./reader-deps.ts";
import { labelJson, pageJson } from "./shelf-json.ts";

/** `GET /list/genres`: the genres of all games. */
export function listGenres(asked: Asked, { counters, shelf, answer }: ReaderDeps): Response | Promise<Response> {
  const read = readParams(asked);
  const { window } = readPage(read);
  const refusal = read.refusal();
  if (refusal !== null) return refusal;

  countAsked(asked, counters, "/list/genres/");
  if (window === null) return wrongPageSize();
  return answer(asked.c, questionOf("genres", window), async () =>
    pageJson(await shelf.genres(window), window.offset, labelJson),
  );
}
