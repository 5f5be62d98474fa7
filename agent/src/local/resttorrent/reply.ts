import { toScript } from "./callback.ts";
import type { Answer } from "./rest-torrent.ts";

/** An HTTP answer of this door, for whatever server sends it. */
export type Reply = { status: number; headers: Record<string, string>; body: string };

/** On every answer: any page may read what may be read. */
const HEADERS = {
  "access-control-allow-origin": "*",
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
};

/** An answer as JSON, or as JSONP where `callback` is a valid one. */
export function toReply(
  answer: Answer,
  { status = 200, callback }: { status?: number; callback?: string | null } = {},
): Reply {
  const json = JSON.stringify(answer);
  if (callback == null) return { status, headers: headersOf("application/json", json), body: json };
  const body = toScript(callback, json);
  return { status, headers: headersOf("application/javascript; charset=utf-8", body), body };
}

/** What a browser asks before it sends anything but a plain GET from a page. */
export function preflight(allow: string): Reply {
  const headers = {
    "access-control-allow-methods": "GET, POST, DELETE",
    "access-control-allow-headers": "content-type, authorization",
    "access-control-max-age": "600",
    allow,
  };
  return { status: 200, headers: { ...HEADERS, ...headers, "content-length": "0" }, body: "" };
}

export const toResponse = ({ status, headers, body }: Reply): Response =>
  new Response(body === "" ? null : body, { status, headers });

function headersOf(type: string, body: string): Record<string, string> {
  return { ...HEADERS, "content-type": type, "content-length": `${Buffer.byteLength(body)}` };
}
