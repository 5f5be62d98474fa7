export type Failure = {
  ok: false;
  why: "refused" | "throttled" | "broken";
  detail: string;
  /** What the server asked for; null when it asked for nothing. */
  retryAfterMs: number | null;
};

/** What came of one HTTP call. */
export type Outcome<Body> = { ok: true; body: Body } | Failure;

export type Call = { url: string; form?: string };

/** How the body of an answer is understood, piece by piece. */
export type Reader<Body> = {
  accept: string;
  /** The content types that it understands; an answer that names none is read too. */
  types: RegExp;
  /** The largest body that makes sense, where that is less than what is allowed anyway. */
  bytesMax?: number;
  /** What the head says that needs no body; null leaves the answer to the usual rules. */
  fromHead?(response: Response): Outcome<Body> | null;
  start(): { write(text: string): void; end(): Outcome<Body> };
};

export type FetchOptions = {
  fetch: typeof globalThis.fetch;
  timeoutMs: number;
  bytesMax: number;
  signal: AbortSignal;
  now: () => number;
};

const RETRY_AFTER_MAX_MS = 3_600_000;

/**
 * One call, its body read by `reader`. Never throws for what a server may do: down, slow, throttling, moved, of another
 * type, truncated, endless. `refused` means that this very question was wrong; `throttled` and `broken` are about the server.
 */
export async function fetchCall<Body>(call: Call, reader: Reader<Body>, options: FetchOptions): Promise<Outcome<Body>> {
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs)]);
  try {
    const response = await options.fetch(call.url, { ...toInit(call, reader.accept), redirect: "manual", signal });
    const early = reader.fromHead?.(response) ?? faultOf(response, reader.types, options.now());
    if (early === null) {
      return await readBody(response, reader, Math.min(options.bytesMax, reader.bytesMax ?? options.bytesMax));
    }
    await response.body?.cancel();
    return early;
  } catch (cause) {
    return failure("broken", textOf(cause));
  }
}

/** What fetch throws says only "fetch failed"; the reason is its cause. */
function textOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const { name, message, cause } = thrown;
  const why = cause instanceof Error && cause.message !== "" ? `: ${cause.message}` : "";
  return `${name}: ${message}${why}`;
}

export function failure(why: Failure["why"], detail: string, retryAfterMs: number | null = null): Failure {
  return { ok: false, why, detail, retryAfterMs };
}

function toInit({ form }: Call, accept: string): RequestInit {
  const headers = { accept, "accept-language": "en", "user-agent": "modfleet" };
  if (form === undefined) return { headers };
  return {
    method: "POST",
    headers: { ...headers, "content-type": "application/x-www-form-urlencoded" },
    body: form,
  };
}

function faultOf(response: Response, types: RegExp, now: number): Failure | null {
  const { status } = response;
  const retryAfterMs = readRetryAfter(response.headers.get("retry-after"), now);
  if (status === 429 || status === 403) return failure("throttled", `Status ${status}`, retryAfterMs);
  if (status >= 400 && status < 500) return failure("refused", `Status ${status}`, retryAfterMs);
  if (status !== 200) return failure("broken", `Status ${status}`, retryAfterMs);
  const type = response.headers.get("content-type");
  return type === null || types.test(type) ? null : failure("broken", `Unexpected type: ${type}`);
}

/** RFC 9110 section 10.2.3: seconds or a date. */
function readRetryAfter(header: string | null, now: number): number | null {
  if (header === null) return null;
  const wait = /^[0-9]{1,9}$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isFinite(wait) ? Math.min(RETRY_AFTER_MAX_MS, Math.max(0, wait)) : null;
}

async function readBody<Body>(response: Response, reader: Reader<Body>, bytesMax: number): Promise<Outcome<Body>> {
  const sink = reader.start();
  const decoder = new TextDecoder();
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    // Leaving the loop cancels the body, so an endless one stops here.
    if (bytes > bytesMax) return failure("broken", `More than ${bytesMax} bytes`);
    sink.write(decoder.decode(chunk, { stream: true }));
  }
  sink.write(decoder.decode());
  return sink.end();
}
