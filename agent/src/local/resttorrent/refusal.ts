import type { Form, Refused } from "../door.ts";
import { isCallback } from "./callback.ts";
import { toReply } from "./reply.ts";
import { fail } from "./rest-torrent.ts";

const CODES: ReadonlyMap<number, string> = new Map([
  [401, "token.missing"],
  [403, "origin.refused"],
  [421, "host.refused"],
  [500, "agent.failed"],
]);

/** What is refused in front of this door, in the door's own form, which any page may read; JSONP where `url` asks for it. */
export function restTorrentRefusal({ status, title }: Refused, url: string): Form {
  const callback = URL.parse(url, "http://agent")?.searchParams.getAll("callback").at(-1) ?? "";
  const answer = fail(CODES.get(status) ?? "request.broken", title);
  const { headers, body } = toReply(answer, { callback: isCallback(callback) ? callback : null });
  const { "content-type": type = "", "content-length": _, ...others } = headers;
  return { type, headers: others, body };
}
