import type { ShelfGameQuery, ShelfGameSort } from "../../store/shelf.ts";
import { type Asked, countAsked } from "./door.ts";
import { readPage, tooComplex, wrongPageSize } from "./page-params.ts";
import { questionOf } from "./question-of.ts";
import { readParams } from "./read-params.ts";
import type { ReaderDeps } from "./reader-deps.ts";
import { gameJson, pageJson } from "./shelf-json.ts";

const COMPLEXITY_MAX = 30;

/** Whatever is not among these is the most downloaded first, `iMODS_DOWNLOADS` included. */
const SORTS: ReadonlyMap<string, ShelfGameSort> = new Map([
  ["NAME", { by: "name", descending: false }],
  ["iNAME", { by: "name", descending: true }],
  ["TYPE", { by: "kind", descending: false }],
  ["iTYPE", { by: "kind", descending: true }],
  ["CREATION_DATE", { by: "created", descending: false }],
  ["iCREATION_DATE", { by: "created", descending: true }],
  ["SOURCE", { by: "origin", descending: false }],
  ["iSOURCE", { by: "origin", descending: true }],
  ["MODS_COUNT", { by: "mods", descending: false }],
  ["iMODS_COUNT", { by: "mods", descending: true }],
  ["MODS_DOWNLOADS", { by: "downloads", descending: false }],
]);
const OTHERWISE: ShelfGameSort = { by: "downloads", descending: true };

/** `GET /list/games/`: games by offset, sorted and filtered. */
export function listGames(asked: Asked, { counters, shelf, answer }: ReaderDeps): Response | Promise<Response> {
  const read = readParams(asked);
  const { window } = readPage(read);
  const sort = SORTS.get(read.text("sort", "MODS_DOWNLOADS")) ?? OTHERWISE;
  const name = read.text("name", "");
  const [kinds, genres, origins] = [read.list("type_app"), read.list("genres"), read.list("primary_sources")];
  const refusal = read.refusal();
  if (refusal !== null) return refusal;

  countAsked(asked, counters, "/list/games/");
  if (window === null) return wrongPageSize();
  if (kinds.length + genres.length + origins.length > COMPLEXITY_MAX) return tooComplex();

  const query: ShelfGameQuery = { ...window, sort, kinds, genres, origins, name };
  return answer(asked.c, questionOf("games", query), async () =>
    pageJson(await shelf.shelfGames(query), window.offset, gameJson),
  );
}
