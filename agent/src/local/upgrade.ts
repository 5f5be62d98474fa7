import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { type GuardOptions, isOurHost, mayWrite } from "./guard.ts";

/** A place on the local port that speaks WebSocket. */
export type Door = {
  /** Exact, without a query. */
  path: string;
  /** Takes over a connection whose Host, Origin and path were checked. */
  upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void;
};

/** The path without its query; empty for a target like `//` that is none. */
export function pathOf({ url = "/" }: Pick<IncomingMessage, "url">): string {
  return URL.parse(url, "http://agent")?.pathname ?? "";
}

/** Other protocols may be offered to the same server; a request that offers them is answered as if it had not. */
export function isWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === "websocket";
}

/**
 * Hands a connection to its door, or refuses it in plain HTTP. A browser lets any page open a WebSocket to any host and asks
 * nobody, so the Origin is checked before there is one.
 */
export function upgradeTo(doors: readonly Door[], guard: GuardOptions) {
  return (request: IncomingMessage, stream: Duplex, head: Buffer): void => {
    const door = doors.find(({ path }) => path === pathOf(request));
    if (!isOurHost(request.headers.host, guard)) refuseUpgrade(stream, 421, "This host name is not this agent's");
    else if (door === undefined) refuseUpgrade(stream, 404, "There is no WebSocket here");
    else if (!mayWrite(request, guard)) {
      refuseUpgrade(stream, 403, "This web origin may not change anything, see MODFLEET_LOCAL_ORIGINS");
    } else door.upgrade(request, stream, head);
  };
}

/** Answers a connection that wanted to become a WebSocket with a problem, and ends it. */
export function refuseUpgrade(stream: Duplex, status: number, title: string): void {
  const body = `${JSON.stringify({ title, status })}\n`;
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    "content-type: application/problem+json",
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  // The peer may be gone already; its error is nobody's business.
  stream.on("error", () => stream.destroy());
  stream.end(`${head.join("\r\n")}\r\n\r\n${body}`, () => stream.destroy());
}
