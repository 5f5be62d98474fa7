import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";

export type GuardOptions = { host: string; origins: readonly string[] };

const WILDCARDS = new Set(["0.0.0.0", "::"]);

/**
 * Whether the request names this machine as its host. A web page whose name was pointed at us afterwards (DNS rebinding) does
 * not; where every address is listened on, any address is ours but no name is.
 */
export function isOurHost(header: string | undefined, { host }: GuardOptions): boolean {
  const name = hostName(header);
  if (name === null) return false;
  if (name === "localhost" || name === "::1" || /^127\.\d+\.\d+\.\d+$/.test(name)) return true;
  return name === host.toLowerCase() || (WILDCARDS.has(host) && isIP(name) !== 0);
}

/** Whether a web page of this origin may change things. Programs send none. */
export function mayWrite({ headers }: Pick<IncomingMessage, "headers">, { origins }: GuardOptions): boolean {
  const { origin, host } = headers;
  if (origin === undefined || origins.includes("*")) return true;
  return origins.includes(origin) || origin === `http://${host}`;
}

function hostName(header: string | undefined): string | null {
  const url = header === undefined || /[\s/@?#]/.test(header) ? null : URL.parse(`http://${header}`);
  return url === null ? null : url.hostname.replace(/^\[|\]$/g, "");
}
