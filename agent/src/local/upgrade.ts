import { type IncomingMessage, type OutgoingHttpHeaders, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { type Door, doorFor, pathOf } from "./door.ts";
import { type GuardOptions, type Refusal, refusalOf, visitorOf } from "./guard.ts";

/** Other protocols may be offered to the same server; a request that offers them is answered as if it had not. */
export function isWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === "websocket";
}

/**
 * Hands a connection to its door, or refuses it in plain HTTP. A browser lets any page open a WebSocket to any host and asks
 * nobody, so who comes is checked before there is one.
 */
export function upgradeTo(doors: readonly Door[], guard: GuardOptions) {
  const forSockets = doors.filter(({ upgrade }) => upgrade !== undefined);
  return (request: IncomingMessage, stream: Duplex, head: Buffer): void => {
    const door = doorFor(forSockets, pathOf(request));
    // To others than our owner it is all the same which paths there are.
    const refusal = refusalOf(visitorOf(request), door === undefined ? "read" : "change", guard);
    if (refusal !== null) refuseUpgrade(stream, refusal.status, reasonOf(refusal, door, request));
    else if (door?.upgrade === undefined) refuseUpgrade(stream, 404, "There is no WebSocket here");
    else door.upgrade(request, stream, head);
  };
}

function reasonOf(refusal: Refusal, door: Door | undefined, { url = "/" }: IncomingMessage): Reason {
  const form = door?.refusal?.(refusal, url);
  return { ...form, title: refusal.title, headers: { ...form?.headers, ...refusal.headers } };
}

/** What a refused connection reads; a problem with this title where no body is given. */
type Reason = { title: string; headers?: OutgoingHttpHeaders; type?: string; body?: string };

/** Answers a connection that wanted to become a WebSocket, and ends it. */
export function refuseUpgrade(stream: Duplex, status: number, why: string | Reason): void {
  const { title, headers = {}, ...given } = typeof why === "string" ? { title: why } : why;
  const { type, body } = { type: "application/problem+json", body: `${JSON.stringify({ title, status })}\n`, ...given };
  const lines = Object.entries(headers).flatMap(([name, values]) =>
    [values].flat().map((value) => `${name}: ${value}`),
  );
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `content-type: ${type}`,
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
    ...lines,
  ];
  // The peer may be gone already; its error is nobody's business.
  stream.on("error", () => stream.destroy());
  stream.end(`${head.join("\r\n")}\r\n\r\n${body}`, () => stream.destroy());
}
