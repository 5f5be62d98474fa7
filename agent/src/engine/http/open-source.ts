import { Agent, type Dispatcher, request } from "undici";
import type { HttpLimits } from "../options.ts";
import { headerOf } from "./headers.ts";
import type { Seat } from "./host-seats.ts";
import { addressIn, isPublicAddress, PrivateAddressError, publicLookup } from "./public-address.ts";

export type SourceResponse = Dispatcher.ResponseData & { url: URL };

/** A place that a URL or a redirect may not point to. */
export class BadRedirectError extends Error {
  constructor(where: string) {
    super(`The source leads nowhere: ${where}`);
    this.name = "BadRedirectError";
  }
}

/** Connections for one download. Unless private addresses are allowed each one is checked when it is made. */
export function createSourceAgent(allowPrivate: boolean, limits: HttpLimits): Agent {
  const connect = { timeout: limits.connectMs };
  return new Agent({
    connect: allowPrivate ? connect : { ...connect, lookup: publicLookup },
    headersTimeout: limits.idleMs,
    bodyTimeout: limits.idleMs,
    // Streams of one HTTP/2 connection share its window and its fate; several connections are the point.
    allowH2: false,
  });
}

export type OpenOptions = {
  agent: Dispatcher;
  allowPrivate: boolean;
  limits: HttpLimits;
  method: "GET" | "HEAD";
  headers: Record<string, string>;
  /** Moves along with the redirects. */
  seat: Seat;
  signal: AbortSignal;
};

/** Asks for a file, following redirects by hand so that every hop is checked. Throws what undici throws. */
export async function openSource(address: string, options: OpenOptions): Promise<SourceResponse> {
  let url = new URL(address);
  for (let hops = 0; hops <= options.limits.redirectsMax; hops += 1) {
    checkTarget(url, options.allowPrivate);
    await options.seat.moveTo(url.host, options.signal);
    const response = await request(url, {
      dispatcher: options.agent,
      method: options.method,
      // Ranges and sizes count the bytes as they are.
      headers: { "accept-encoding": "identity", "user-agent": "modfleet", ...options.headers },
      signal: options.signal,
    });
    // A body that is destroyed, or breaks while nobody reads, throws at the process unless somebody listens.
    response.body.on("error", () => undefined);
    const location = locationOf(response);
    if (location === null) return { ...response, url };
    await response.body.dump();
    url = parseLocation(location, url);
  }
  throw new BadRedirectError(`more than ${options.limits.redirectsMax} redirects`);
}

function locationOf({ statusCode, headers }: Dispatcher.ResponseData): string | null {
  if (![301, 302, 303, 307, 308].includes(statusCode)) return null;
  return headerOf(headers, "location");
}

function parseLocation(location: string, base: URL): URL {
  const url = URL.parse(location, base.href);
  if (url === null) throw new BadRedirectError(location);
  return url;
}

/** A literal address never passes the lookup, so it is checked here. */
function checkTarget(url: URL, allowPrivate: boolean): void {
  if (url.protocol !== "http:" && url.protocol !== "https:") throw new BadRedirectError(url.protocol);
  const address = addressIn(url.hostname);
  if (!allowPrivate && address !== null && !isPublicAddress(address)) throw new PrivateAddressError(address);
}
