import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { isIP } from "node:net";
import type { Secret } from "@modfleet/protocol";
import { tokenShown } from "./token-shown.ts";

export type GuardOptions = {
  host: string;
  origins: readonly string[];
  /** Null: there is none that could be shown. */
  token: Secret | null;
};

/** What a request wants: a sign of life, a look, or to change something. A mere WebSocket counts as a change. */
export type Access = "health" | "read" | "change";

export type Visitor = Pick<IncomingMessage, "headers" | "url"> & { peer: string | undefined };

/** Why somebody may not come in. */
export type Refusal = { status: 401 | 403 | 421; title: string; headers?: Readonly<Record<string, string[]>> };

const WILDCARDS = new Set(["0.0.0.0", "::"]);

const STRANGE_HOST: Refusal = { status: 421, title: "This host name is not this agent's" };
const TOKEN_MISSING: Refusal = {
  status: 401,
  title: "Other machines need this agent's token: local-token in its data folder, or MODFLEET_LOCAL_TOKEN",
  // Basic lets a person open the page in a browser: any name, the token as the password.
  headers: { "www-authenticate": ['Basic realm="modfleet", charset="UTF-8"', 'Bearer realm="modfleet"'] },
};
const FOREIGN_PAGE: Refusal = {
  status: 403,
  title: "This web origin may not change anything, see MODFLEET_LOCAL_ORIGINS; or show the agent's token",
};

/** Whether somebody may come in, for every local door; null: yes. A strange host learns nothing else, another machine neither. */
export function refusalOf(visitor: Visitor, access: Access, guard: GuardOptions): Refusal | null {
  if (!isOurHost(visitor.headers.host, guard)) return STRANGE_HOST;
  if (access === "health") return null;
  if (!isLoopback(visitor.peer) && tokenShown(visitor, guard.token) === "none") return TOKEN_MISSING;
  if (access === "read" || !isForeignPage(visitor.headers, guard)) return null;
  // A browser sends a remembered password along with any page's requests, so that one does not speak for the page.
  return tokenShown(visitor, guard.token) === "on purpose" ? null : FOREIGN_PAGE;
}

/** The visitor behind a request. */
export function visitorOf({ headers, url, socket }: IncomingMessage): Visitor {
  return { headers, ...(url !== undefined && { url }), peer: socket.remoteAddress };
}

/**
 * Whether the request names this machine as its host. A web page whose name was pointed at us afterwards (DNS rebinding) does
 * not; where every address is listened on, any address is ours but no name is.
 */
export function isOurHost(header: string | undefined, { host }: Pick<GuardOptions, "host">): boolean {
  const name = hostName(header);
  if (name === null) return false;
  if (name === "localhost" || name === "::1" || /^127\.\d+\.\d+\.\d+$/.test(name)) return true;
  const own = hostName(host.includes(":") ? `[${host}]` : host);
  return name === own || (WILDCARDS.has(host) && isIP(name) !== 0);
}

/** Whether an address is this machine's own loopback, also as an IPv6 socket writes it. */
export function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^(::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/i.test(address);
}

/** Whether a web page asks that is neither ours nor named by the owner. Programs send no Origin. */
export function isForeignPage(headers: IncomingHttpHeaders, { origins }: Pick<GuardOptions, "origins">): boolean {
  const { origin, host } = headers;
  if (origins.includes("*")) return false;
  // What a page embeds, an image for one, has no Origin; browsers say all the same that it comes from elsewhere.
  if (origin === undefined) return /^(cross|same)-site$/.test(String(headers["sec-fetch-site"]));
  return !origins.includes(origin) && origin !== `http://${host?.toLowerCase()}`;
}

function hostName(header: string | undefined): string | null {
  const url = header === undefined || /[\s/@?#]/.test(header) ? null : URL.parse(`http://${header}`);
  return url === null ? null : url.hostname.replace(/^\[|\]$/g, "");
}
