import type { MiddlewareHandler } from "hono";
import type { Counters } from "../../deps.ts";
import type { CounterKind } from "../../domain/statistics.ts";
import type { AppContext, AppEnv } from "../app-env.ts";
import { ANSWERS } from "./answers.ts";
import { reply } from "./reply.ts";
import { decodePath, parseQuery, targetOf } from "./target.ts";

/** A request for one of the paths: its parameters decoded, in the template's order; its query as a form, the last value of a name. */
export type Asked = { c: AppContext; params: readonly string[]; query: ReadonlyMap<string, string> };
export type PathHandler = (asked: Asked) => Response | Promise<Response>;
/** Templates such as `/info/mod/{mod_id}`; a parameter is anything without a slash. */
export type PathTable = readonly { template: string; handle: PathHandler }[];

export type DoorOptions = {
  /** In front of every template: empty, or such as `/v1`. Below a prefix the door answers everything. */
  prefix: string;
  table: PathTable;
  /** Paths beside the table's that other routes answer. They have the door's manners too. */
  elsewhere?: readonly string[];
  /** On every answer of the door. */
  cors: Readonly<Record<string, string>>;
};

type Route = { pattern: RegExp; handle: PathHandler | null };
type Match = { route: Route; params: readonly string[] };

/** What the original said to whoever came with another method; HEAD and OPTIONS are ours. */
const RECORDED_METHODS = "GET";
const METHODS = "GET, HEAD, OPTIONS";
const REDIRECT = 307;
/** What a client may send plainly in a query, but Python's `quote` escaped on the way back. */
const NEVER_PLAIN = /["<>\\^`{|}]/g;

/**
 * The paths of one of PyTorrent's interfaces as Starlette matched them: on the decoded path, with and without a slash at
 * the end, wrong methods told apart from unknown paths. HEAD and preflights are what HTTP wants them to be.
 */
export function createDoor({ prefix, table, elsewhere = [], cors }: DoorOptions): MiddlewareHandler<AppEnv> {
  const routes = [
    ...table.map(({ template, handle }) => ({ pattern: patternOf(prefix + template), handle })),
    ...elsewhere.map((path) => ({ pattern: patternOf(prefix + path), handle: null })),
  ];
  const corsHeaders = Object.entries(cors);
  const open = (response: Response): Response => {
    for (const [name, value] of corsHeaders) response.headers.set(name, value);
    return response;
  };

  return async (c, next) => {
    const target = targetOf(c);
    const path = decodePath(target.path);
    const match = find(routes, path);
    if (match === null) {
      const other = otherForm(path);
      if (find(routes, other) !== null) return open(sendOn(other, target.query));
      if (prefix === "" || !path.startsWith(`${prefix}/`)) return next();
      return open(reply(404, ANSWERS.unknownPath));
    }
    const { method } = c.req;
    if (method === "OPTIONS") return open(preflight());
    if (method !== "GET" && method !== "HEAD")
      return open(reply(405, ANSWERS.wrongMethod, { allow: RECORDED_METHODS }));
    const { handle } = match.route;
    if (handle === null) {
      await next();
      open(c.res);
      return;
    }
    const answer = await handle({ c, params: match.params, query: parseQuery(target.query) });
    return open(method === "HEAD" && answer.body !== null ? new Response(null, answer) : answer);
  };
}

/** Counts a request for its path. HEAD only looks and is not counted. */
export function countAsked({ c }: Pick<Asked, "c">, counters: Pick<Counters, "count">, kind: CounterKind): void {
  if (c.req.method !== "HEAD") counters.count(kind);
}

/** Python's `$` also matches before a last line break. */
function patternOf(template: string): RegExp {
  const source = template.split(/\{\w+\}/).map((part) => RegExp.escape(part));
  return new RegExp(`^${source.join("([^/]+)")}${template.endsWith("}") ? "" : "\\n?"}$`);
}

function find(routes: readonly Route[], path: string): Match | null {
  for (const route of routes) {
    const found = route.pattern.exec(path);
    if (found !== null) return { route, params: found.slice(1) };
  }
  return null;
}

function otherForm(path: string): string {
  if (!path.endsWith("/")) return `${path}/`;
  let end = path.length;
  while (path[end - 1] === "/") end -= 1;
  return path.slice(0, end);
}

/** Written as Starlette wrote it, which leaves brackets alone; but what was escaped in the path never becomes a query. */
function sendOn(path: string, query: string): Response {
  const escaped = encodeURI(path).replace(/[?#]|%5[BD]/g, (sign) =>
    sign.length === 1 ? encodeURIComponent(sign) : decodeURIComponent(sign),
  );
  const location = query === "" ? escaped : `${escaped}?${query.replace(NEVER_PLAIN, encodeURIComponent)}`;
  return new Response(null, { status: REDIRECT, headers: { location } });
}

function preflight(): Response {
  const headers = {
    allow: METHODS,
    "access-control-allow-methods": "GET, HEAD",
    "access-control-allow-headers": "Range, If-Range, If-None-Match, If-Match, X-Request-Id",
    "access-control-max-age": "86400",
  };
  return new Response(null, { status: 204, headers });
}
