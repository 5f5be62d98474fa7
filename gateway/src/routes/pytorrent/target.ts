import { unescape as unquote } from "node:querystring";
import type { AppContext } from "../app-env.ts";

/** What a request asks for, in the client's own bytes: nothing is decoded, no dot segment is resolved. */
export type Target = { path: string; query: string };

const NOTHING_ASKED: ReadonlyMap<string, string> = new Map();

/** The raw request target. URL objects would resolve `..` and cost more than the rest of a cached answer. */
export function targetOf(c: AppContext): Target {
  // Without a runtime there is no `env` at all, whatever its type says.
  return splitTarget(c.env?.incoming?.url ?? c.req.url);
}

/** Also of a URL with its origin; a fragment is nobody's business here. */
export function splitTarget(target: string): Target {
  const start = target.startsWith("/") ? 0 : Math.max(0, target.indexOf("/", target.indexOf("://") + 3));
  const hash = target.indexOf("#");
  const end = hash === -1 ? target.length : hash;
  const mark = target.indexOf("?");
  if (mark === -1 || mark > end) return { path: target.slice(start, end), query: "" };
  return { path: target.slice(start, mark), query: target.slice(mark + 1, end) };
}

/** Percent-decoding as Python's `urllib.parse.unquote`: broken escapes stay, bytes that are no UTF-8 become U+FFFD. */
export function decodePath(path: string): string {
  return path.includes("%") ? unquote(path) : path;
}

/** A query as Python's `parse_qsl` reads it, blanks kept; of a name that comes twice the last value counts. */
export function parseQuery(query: string): ReadonlyMap<string, string> {
  if (query === "") return NOTHING_ASKED;
  const values = new Map<string, string>();
  for (const part of query.split("&")) {
    if (part === "") continue;
    const equals = part.indexOf("=");
    if (equals === -1) values.set(decodeForm(part), "");
    else values.set(decodeForm(part.slice(0, equals)), decodeForm(part.slice(equals + 1)));
  }
  return values;
}

function decodeForm(text: string): string {
  return decodePath(text.includes("+") ? text.replaceAll("+", " ") : text);
}
