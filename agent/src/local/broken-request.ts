import type { Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { type Door, doorFor, pathOf, type Refused } from "./door.ts";
import { refuseUpgrade } from "./upgrade.ts";

const REFUSALS: ReadonlyMap<unknown, Refused> = new Map([
  ["ERR_HTTP_REQUEST_TIMEOUT", { status: 408, title: "The request did not come in time: send it again" }],
  ["HPE_CHUNK_EXTENSIONS_OVERFLOW", { status: 413, title: "The body has too many chunk extensions: leave them out" }],
  ["HPE_HEADER_OVERFLOW", { status: 431, title: "The address and the headers are too large: send at most 16 KiB" }],
]);
const NO_HTTP: Refused = { status: 400, title: "This is not HTTP: correct the request" };

/** Enough of a request to tell the door. */
const LINE_BYTES = 1_024;

/** Answers what cannot be read as a request, where Node would do it without a word: in its door's form, if it says which. */
export function answerBroken(server: Server, doors: readonly Door[]): void {
  const newest = new WeakMap<Duplex, ServerResponse>();
  server.on("request", ({ socket }, response) => newest.set(socket, response));
  server.on("clientError", (error, stream) => {
    const answer = newest.get(stream);
    const isHalfSaid = answer?.headersSent === true && !answer.writableFinished;
    if (!stream.writable || isHalfSaid) {
      stream.destroy();
      return;
    }
    const refused = REFUSALS.get("code" in error ? error.code : null) ?? NO_HTTP;
    const url = targetIn(error);
    const form = doorFor(doors, pathOf({ url }))?.refusal?.(refused, url);
    refuseUpgrade(stream, refused.status, { ...form, title: refused.title });
  });
}

/** What the request line asks for; empty unless it lies at the beginning of what came last, as it does of a short request. */
function targetIn(error: Error): string {
  const packet = "rawPacket" in error && Buffer.isBuffer(error.rawPacket) ? error.rawPacket : Buffer.alloc(0);
  return /^[A-Z]+ (\/[^\s]*)/.exec(packet.toString("latin1", 0, LINE_BYTES))?.[1] ?? "";
}
