import { type Asked, countAsked } from "./door.ts";
import { readPage, tooComplex, wrongPageSize } from "./page-params.ts";
import { possibleId } from "./python-int.ts";
import { questionOf } from "./question-of.ts";
import { readParams } from "./read-params.ts";
import type { ReaderDeps } from "./reader-deps.ts";
import { NO_ITEMS, pageJson, resourceJson } from "./shelf-json.ts";

/** The refusal says 30. */
const KINDS_MAX = 20;

/** `GET /list/resources_mods/{mod_id}`: the pictures of a mod. */
export function listResources(asked: Asked, { counters, shelf, answer }: ReaderDeps): Response | Promise<Response> {
  const read = readParams(asked);
  const mod = possibleId(read.pathInteger("mod_id"));
  const { window } = readPage(read);
  const kinds = read.list("types_resources");
  const refusal = read.refusal();
  if (refusal !== null) return refusal;

  countAsked(asked, counters, "/list/resources_mods/");
  if (window === null) return wrongPageSize();
  if (kinds.length > KINDS_MAX) return tooComplex();
  const query = { ...window, kinds };
  return answer(asked.c, questionOf("resources", { mod, ...query }), async () =>
    pageJson(mod === null ? NO_ITEMS : await shelf.resources(mod, query), window.offset, resourceJson),
  );
}
