import { type Context, Hono } from "hono";
import { METAINFO_BYTES_MAX } from "../../engine/torrent/metainfo.ts";
import type { Log } from "../../log.ts";
import { isCallback } from "./callback.ts";
import { gatherParameters } from "./gather-parameters.ts";
import { type BodyBound, type BodyRoom, createBodyRoom } from "./read-body.ts";
import { preflight, toReply, toResponse } from "./reply.ts";
import { type Answer, fail, RestError, type RestTorrent } from "./rest-torrent.ts";

type Method = "GET" | "POST" | "DELETE";
type Route = { path: string; commands: Partial<Record<Method, string>> };

const SESSION = "/v1/sessions/:session_id";
const TORRENT = `${SESSION}/torrents/:info_hash`;

const ROUTES: readonly Route[] = [
  { path: "/v1/sessions", commands: { GET: "get_session_list", POST: "create_session" } },
  { path: SESSION, commands: { GET: "get_session", DELETE: "delete_session" } },
  { path: `${SESSION}/torrents`, commands: { GET: "get_torrent_list", POST: "upload_torrent" } },
  { path: TORRENT, commands: { GET: "get_torrent", DELETE: "delete_torrent" } },
  { path: `${TORRENT}/pause`, commands: { POST: "pause_torrent" } },
  { path: `${TORRENT}/resume`, commands: { POST: "resume_torrent" } },
];

type Bound = Omit<BodyBound, "room">;

/** Room for names, boundaries and texts around a torrent file. */
const TEXT_BYTES_MAX = 64 * 1024;
const UPLOAD_BOUND: Bound = { bytesMax: METAINFO_BYTES_MAX + TEXT_BYTES_MAX, code: "upload.invalid" };
/** Of all requests at one moment. */
const BODIES_BYTES_MAX = 4 * UPLOAD_BOUND.bytesMax;
const TEXT_BOUND: Bound = { bytesMax: TEXT_BYTES_MAX, code: "parameter.invalid" };

/**
 * RestTorrent over HTTP, below `/v1/`: every answer is 200 in the documented form as long as the path and the method are known. Who
 * may call it is settled in front of it, with `refusal` for those who may not.
 */
export function createRestTorrentApp(rest: RestTorrent, log: Log): Hono {
  const app = new Hono();
  const door = { rest, room: createBodyRoom(BODIES_BYTES_MAX) };
  for (const route of ROUTES) app.all(route.path, (c) => answerTo(c, route, door));
  app.notFound((c) => respond(NOTHING_HERE, { status: 404, callback: callbackIn(queryOf(c)) }));
  app.onError((cause, c) => {
    log.error("RestTorrent failed", { cause });
    const failed = fail("agent.failed", "Something went wrong: the agent's log says what");
    return respond(failed, { callback: callbackIn(queryOf(c)) });
  });
  return app;
}

type OpenDoor = { rest: RestTorrent; room: BodyRoom };

const NOTHING_HERE = fail("path.unknown", "There is nothing here: the paths begin with /v1/sessions");
const BAD_CALLBACK = "callback has to be a JavaScript name of at most 128 characters, dots allowed: send another";

async function answerTo(c: Context, { commands }: Route, door: OpenDoor): Promise<Response> {
  const allow = allowOf(commands);
  if (c.req.method === "OPTIONS") return toResponse(preflight(allow));
  const query = queryOf(c);
  const callback = callbackIn(query);
  const command = new Map(Object.entries(commands)).get(c.req.method === "HEAD" ? "GET" : c.req.method);
  if (command === undefined) {
    const response = respond(fail("method.unknown", `This path takes only ${allow}`), { status: 405, callback });
    response.headers.set("allow", allow);
    return response;
  }
  // Looked at before anything is done, so that nothing is done for an answer that nobody could read.
  if (callback !== null && !isCallback(callback)) return respond(fail("callback.invalid", BAD_CALLBACK), { callback });
  return respond(await execute(c, { query, command }, door), { callback });
}

type Call = { query: URLSearchParams; command: string };

async function execute(c: Context, { query, command }: Call, { rest, room }: OpenDoor): Promise<Answer> {
  const bound = command === "upload_torrent" ? UPLOAD_BOUND : TEXT_BOUND;
  try {
    const parameters = await gatherParameters({ query, request: c.req.raw, path: c.req.param() }, { ...bound, room });
    return await rest.execute(command, parameters, c.req.raw.signal);
  } catch (error) {
    if (error instanceof RestError) return fail(error.code, error.message);
    throw error;
  }
}

/** A page that waits for its callback never hears of another status than 200. */
function respond(answer: Answer, { status = 200, callback }: { status?: number; callback: string | null }): Response {
  const isWrapped = callback !== null && isCallback(callback);
  return toResponse(toReply(answer, isWrapped ? { callback } : { status }));
}

const queryOf = (c: Context): URLSearchParams => new URL(c.req.url).searchParams;

/** The last one wins; an empty one is none. */
const callbackIn = (query: URLSearchParams): string | null => query.getAll("callback").at(-1) || null;

function allowOf(commands: Route["commands"]): string {
  const methods = Object.keys(commands).flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method]));
  return [...methods, "OPTIONS"].join(", ");
}
