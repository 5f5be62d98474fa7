import type { ShelfStore } from "../../store/shelf.ts";
import { type Asked, countAsked } from "./door.ts";
import { possibleId } from "./python-int.ts";
import { readParams } from "./read-params.ts";
import type { ReaderDeps } from "./reader-deps.ts";
import { modJson } from "./shelf-json.ts";

const DEPENDENCIES_MAX = 20;

/** `GET /info/mod/{mod_id}`: one mod, and what it needs when that is asked for. */
export function infoMod(asked: Asked, { counters, shelf, answer }: ReaderDeps): Response | Promise<Response> {
  const read = readParams(asked);
  const id = possibleId(read.pathInteger("mod_id"));
  const withDependencies = read.boolean("dependencies", false);
  const refusal = read.refusal();
  if (refusal !== null) return refusal;

  countAsked(asked, counters, "/info/mod/");
  return answer(asked.c, `mod ${id} ${withDependencies}`, async () => {
    const [result, needs] = await Promise.all([
      id === null ? "null" : resultOf(shelf, id),
      withDependencies ? dependenciesOf(shelf, id) : "",
    ]);
    return `{"result":${result}${needs}}`;
  });
}

async function resultOf(shelf: ShelfStore, id: string): Promise<string> {
  const mod = await shelf.findShelfMod(id);
  return mod === null ? "null" : modJson(mod);
}

/** Also of a mod that is not here: what it needs may be known all the same. */
async function dependenciesOf(shelf: ShelfStore, id: string | null): Promise<string> {
  const { total, ids } = id === null ? { total: 0, ids: [] } : await shelf.dependencies(id, DEPENDENCIES_MAX);
  return `,"dependencies":[${ids.join(",")}],"dependencies_count":${total}`;
}
