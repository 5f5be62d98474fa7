import { Agent, type Dispatcher, request } from "undici";
import type { HttpLimits } from "../options.ts";
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
  return new Agent({
    connect: allowPrivate ? { timeout: limits.connectMs } : { timeout: limits.connectMs, lookup: publicLookup },
    headersTimeout: limits.idleMs,
    bodyTimeout: limits.idleMs,
  });
}

export type OpenOptions = {
  agent: Agent;
  allowPrivate: boolean;
  limits: HttpLimits;
  headers: Record<string, string>;
  signal: AbortSignal;
};

/** Asks for a file, following redirects by hand so that every hop is checked. Throws what undici throws. */
export async function openSource(address: string, options: OpenOptions): Promise<SourceResponse> {
  let url = new URL(address);
  for (let hops = 0; hops <= options.limits.redirectsMax; hops += 1) {
    checkTarget(url, options.allowPrivate);
    const response = await request(url, {
      dispatcher: options.agent,
      // Ranges and sizes count the bytes as they are.
      headers: { "accept-encoding": "identity", "user-agent": "modfleet", ...options.headers },
      signal: options.signal,
    });
    // A body that is destroyed, or breaks while nobody reads, throws at the process unless somebody listens.
    response.body.on("error", () => undefined);
    const location = locationOf(response);
    if (location === null) return { ...response, url };
    await response.body.dump();
    url = new URL(location, url);
  }
  throw new BadRedirectError(`more than ${options.limits.redirectsMax} redirects`);
}

function locationOf({ statusCode, headers }: Dispatcher.ResponseData): string | null {
  if (![301, 302, 303, 307, 308].includes(statusCode)) return null;
  return headerOf(headers, "location");
}

/** A literal address never passes the lookup, so it is checked here. */
function checkTarget(url: URL, allowPrivate: boolean): void {
  if (url.protocol !== "http:" && url.protocol !== "https:") throw new BadRedirectError(url.protocol);
  const address = addressIn(url.hostname);
  if (!allowPrivate && address !== null && !isPublicAddress(address)) throw new PrivateAddressError(address);
}

/** The first value of a header, or null. */
export function headerOf(headers: Dispatcher.ResponseData["headers"], name: string): string | null {
  const value = headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? null;
}
