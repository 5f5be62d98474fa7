import { ANSWERS } from "./answers.ts";
import { type Asked, countAsked } from "./door.ts";
import { parseList } from "./python-list.ts";
import type { ReaderDeps } from "./reader-deps.ts";
import { reply } from "./reply.ts";

const IDS_MAX = 50;

/** `GET /condition/mod/{ids_array}`: how far each of these mods is. */
export function conditionMods(asked: Asked, { counters, shelf, answer }: ReaderDeps): Response | Promise<Response> {
  const [text = ""] = asked.params;
  const ids = parseList(text);

  countAsked(asked, counters, "/condition/mod/");
  if (ids.length < 1 || ids.length > IDS_MAX) return reply(413, ANSWERS.wrongIds);
  return answer(asked.c, `condition ${text}`, async () => {
    const known = await shelf.conditions(ids);
    return `{${known.map(({ id, condition }) => `"${id}":${condition}`).join(",")}}`;
  });
}
