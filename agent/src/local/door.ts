import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

/** A place on the local port. Who comes to it was let in already: Host, peer, Origin and token are checked before. */
export type Door = {
  /** Without a query; exact, unless it takes everything below as well. */
  path: string;
  /** `path` ends in a slash then. */
  takesBelow?: boolean;
  /** Takes over a connection that wants to become a WebSocket. */
  upgrade?(request: IncomingMessage, stream: Duplex, head: Buffer): void;
  /** Answers plain HTTP, whatever the method; preflights of browsers come without a token. */
  answer?(request: IncomingMessage, response: ServerResponse): void;
  /** Whether even a GET changes something. */
  isChangedByReading?: boolean;
  /** A refusal in the door's own form; a problem (RFC 9457) where this is missing. */
  refusal?(refused: Refused, url: string): Form;
};

/** Somebody who may not come in, or cannot be understood. */
export type Refused = { status: number; title: string };

/** How a refusal is written; its status stays. */
export type Form = { type: string; body: string; headers?: Readonly<Record<string, string>> };

/** The path without its query; empty for a target like `//` that is none. */
export function pathOf({ url = "/" }: Pick<IncomingMessage, "url">): string {
  return URL.parse(url, "http://agent")?.pathname ?? "";
}

/** A door that takes what is below it also answers without its last slash. */
export function doorFor(doors: readonly Door[], path: string): Door | undefined {
  const below = `${path}/`;
  return doors.find((door) => door.path === path || (door.takesBelow === true && below.startsWith(door.path)));
}
