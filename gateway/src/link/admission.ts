import { CLOSE_CODES } from "@modfleet/protocol";
import { clientAddress, isLoopbackAddress, networkOf } from "../domain/network.ts";
import type { Strangers } from "./strangers.ts";

export const LINK_PATH = "/agent/v1/link";

/** An upgrade request as both runtimes can describe it. */
export type Knock = {
  path: string;
  header: (name: "host" | "origin" | "upgrade" | "x-forwarded-for") => string | null;
  /** Address of the other end of the TCP connection. */
  peer: string;
};

/** Somebody who may open a socket and has not said who it is. */
export type Visitor = {
  network: string;
  /** What this gateway may be called in a signature; the first is what it calls itself. */
  origins: readonly [string, ...string[]];
  /** Ends the count as a stranger. */
  leave: () => void;
};

export type Refusal = { status: number; text: string; headers: Record<string, string> };
export type Admission = { ok: true; visitor: Visitor } | { ok: false; refusal: Refusal };

type House = { publicUrl: string | null; strangers: Strangers };

/** Everything that can be refused before a WebSocket exists: path, origin, and the number of strangers of one address. */
export function admit(knock: Knock, { publicUrl, strangers }: House): Admission {
  if (knock.path !== LINK_PATH) return refuse(404, "No such socket");
  if (knock.header("upgrade")?.toLowerCase() !== "websocket") {
    return refuse(426, "This is a WebSocket", { upgrade: "websocket", connection: "upgrade" });
  }
  const origins = ownOrigins(knock, publicUrl);
  if (origins === null) return refuse(400, "The Host header is missing or is none");
  const origin = knock.header("origin");
  // Agents send no Origin; a browser does, and a page of somebody else's has no business here.
  if (origin !== null && !origins.includes(origin)) return refuse(403, "This origin may not connect");

  const address = clientAddress(knock.peer, knock.header("x-forwarded-for"));
  const network = networkOf(address) ?? address;
  const leave = strangers.enter(network);
  if (leave === null) return tooManyStrangers();
  return { ok: true, visitor: { network, origins, leave } };
}

/**
 * The configured origin; without one, whatever name the request dialled. Only the configured one protects against a
 * gateway that relays an agent's hello, because whoever relays chooses the Host header. The machine itself may always use
 * its loopback names, so that an agent beside the gateway needs no way through the proxy.
 */
function ownOrigins(knock: Knock, publicUrl: string | null): [string, ...string[]] | null {
  const host = knock.header("host") ?? "";
  const dialled = [URL.parse(`http://${host}`), URL.parse(`https://${host}`)].flatMap((url) => url?.origin ?? []);
  const [plain, secure] = dialled;
  if (plain === undefined || secure === undefined) return null;
  if (publicUrl === null) return [plain, secure];
  return isFromThisMachine(knock, plain) ? [new URL(publicUrl).origin, plain] : [new URL(publicUrl).origin];
}

function isFromThisMachine(knock: Knock, origin: string): boolean {
  const { hostname } = new URL(origin);
  const isDialledHere = hostname === "localhost" || isLoopbackAddress(hostname);
  return isDialledHere && knock.header("x-forwarded-for") === null && isLoopbackAddress(knock.peer);
}

function tooManyStrangers(): Admission {
  const { comeBackMs, means } = CLOSE_CODES.too_many_strangers;
  return refuse(429, means, { "retry-after": String(comeBackMs / 1_000) });
}

function refuse(status: number, text: string, headers: Record<string, string> = {}): Admission {
  return { ok: false, refusal: { status, text, headers } };
}
