import type { AppContext } from "../app-env.ts";

export type RequestBody = {
  body: AsyncIterable<Uint8Array>;
  /** What the sender says; null for a body of unknown length. */
  contentLength: number | null;
  /** Aborted when the sender is gone, where the body itself does not say so. */
  signal: AbortSignal;
};

/** The body as it arrives, never collected. On Node straight from the socket: a web stream in between costs a copy. */
export function requestBody(c: AppContext): RequestBody {
  const length = c.req.header("content-length");
  const contentLength = length === undefined || !/^[0-9]{1,15}$/.test(length) ? null : Number(length);
  const incoming = c.env?.incoming;
  if (incoming !== undefined) {
    // Ending early must not destroy the socket, because the answer goes out on it.
    const body = incoming.iterator({ destroyOnReturn: false });
    return { body, contentLength, signal: new AbortController().signal };
  }
  const { body, signal } = c.req.raw;
  return { body: body ?? nothing(), contentLength, signal };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
