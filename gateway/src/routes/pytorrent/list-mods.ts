import type { ShelfQuery, ShelfSort } from "../../store/shelf.ts";
import { type Asked, countAsked } from "./door.ts";
import { readPage, tooComplex, wrongPageSize } from "./page-params.ts";
import { questionOf } from "./question-of.ts";
import { readParams } from "./read-params.ts";
import type { ReaderDeps } from "./reader-deps.ts";
import { modJson, pageJson } from "./shelf-json.ts";

const COMPLEXITY_MAX = 30;

const SORTS: ReadonlyMap<string, ShelfSort["by"]> = new Map([
  ["NAME", "name"],
  ["SIZE", "size"],
  ["DATE_CREATION", "created"],
  ["DATE_UPDATE", "updated"],
  ["DATE_REQUEST", "requested"],
  ["SOURCE", "origin"],
  ["DOWNLOADS", "downloads"],
]);

/** `GET /list/mods/`: mods by offset, sorted and filtered. */
export function listMods(asked: Asked, { counters, shelf, answer }: ReaderDeps): Response | Promise<Response> {
  const read = readParams(asked);
  const { window } = readPage(read);
  const sort = toSort(read.text("sort", "DOWNLOADS"));
  const [tags, games] = [read.list("tags"), read.list("games")];
  const independent = read.boolean("dependencies", false);
  const origins = read.list("primary_sources");
  const name = read.text("name", "");
  const refusal = read.refusal();
  if (refusal !== null) return refusal;

  countAsked(asked, counters, "/list/mods/");
  if (window === null) return wrongPageSize();
  if (tags.length + games.length + origins.length > COMPLEXITY_MAX) return tooComplex();

  const query: ShelfQuery = { ...window, sort, tags, games, origins, independent, name };
  return answer(asked.c, questionOf("mods", query), async () =>
    pageJson(await shelf.shelfMods(query), window.offset, modJson),
  );
}

function toSort(text: string): ShelfSort {
  const descending = text.startsWith("i");
  const by = SORTS.get(descending ? text.slice(1) : text);
  return by === undefined ? { by: "downloads", descending: false } : { by, descending };
}
