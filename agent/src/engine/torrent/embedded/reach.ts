import { lookup } from "node:dns";
import type { Agent } from "undici";
import { processSeats } from "../../http/host-seats.ts";
import { openSource, type SourceResponse } from "../../http/open-source.ts";
import { addressIn, guardedLookup, isPublicAddress, PrivateAddressError } from "../../http/public-address.ts";
import type { HttpLimits } from "../../options.ts";

/** The way out to trackers and web seeds. */
export type Reach = { agent: Agent; allowPrivate: boolean; httpLimits: HttpLimits };

/** Opens an address with GET, and hands the answer to `read`, which has to end its body. */
export async function get<T>(
  reach: Reach,
  request: { url: string; headers: Record<string, string>; signal: AbortSignal },
  read: (response: SourceResponse) => Promise<T>,
): Promise<T> {
  const { agent, allowPrivate, httpLimits: limits } = reach;
  const { url, headers, signal } = request;
  const seat = await processSeats.take(new URL(url).host, limits.hostConnectionsMax, signal);
  try {
    const response = await openSource(url, { agent, allowPrivate, limits, method: "GET", headers, seat, signal });
    try {
      return await read(response);
    } finally {
      response.body.destroy();
    }
  } finally {
    seat.leave();
  }
}

/** Reads a body of at most `max` bytes. */
export async function readBody({ body }: SourceResponse, max: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes > max) throw new Error(`The answer is longer than ${max} bytes`);
    chunks.push(part);
  }
  return Buffer.concat(chunks);
}

/** The address behind a name, checked once and then used, so that a second answer of the name gains nothing. */
export function resolveHost(
  hostname: string,
  { allowPrivate, signal }: { allowPrivate: boolean; signal: AbortSignal },
): Promise<{ address: string; family: number }> {
  signal.throwIfAborted();
  const literal = addressIn(hostname);
  if (literal !== null && !allowPrivate && !isPublicAddress(literal)) throw new PrivateAddressError(literal);
  if (literal !== null) return Promise.resolve({ address: literal, family: literal.includes(":") ? 6 : 4 });
  const find = allowPrivate ? lookup : guardedLookup(lookup);
  return new Promise((resolve, reject) => {
    // The system's resolver cannot be stopped, and may take half a minute.
    const stop = (): void => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    find(hostname, { all: true, verbatim: false }, (error, addresses) => {
      signal.removeEventListener("abort", stop);
      const [first] = typeof addresses === "string" ? [{ address: addresses, family: 4 }] : addresses;
      if (error !== null) reject(error);
      else if (first === undefined) reject(new Error(`No address: ${hostname}`));
      else resolve(first);
    });
  });
}
