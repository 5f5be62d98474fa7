import type { Form } from "./door.ts";
import type { Refusal } from "./guard.ts";
import { refusal } from "./resttorrent/reply.ts";

const CODES: Readonly<Record<Refusal["status"], string>> = {
  401: "token.missing",
  403: "origin.refused",
  421: "host.refused",
};

/** A refusal in RestTorrent's form, which any page may read. */
export function restTorrentRefusal({ status, title }: Refusal): Form {
  const { headers, body } = refusal({ status, code: CODES[status], message: title });
  return { type: headers["content-type"] ?? "application/json", headers, body };
}
