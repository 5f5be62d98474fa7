/** What came of one HTTP call. `retryAfterMs` is what the server asked for; null when it asked for nothing. */
export type Outcome =
  | { ok: true; json: unknown }
  | { ok: false; why: "refused" | "throttled" | "broken"; detail: string; retryAfterMs: number | null };

export type Call = { url: string; form?: string };

export type FetchOptions = {
  fetch: typeof globalThis.fetch;
  timeoutMs: number;
  bytesMax: number;
  signal: AbortSignal;
  now: () => number;
};

const RETRY_AFTER_MAX_MS = 3_600_000;

/**
 * One call that must answer JSON. Never throws for what a server may do: down, slow, throttling, moved, HTML, truncated,
 * endless. `refused` means that this very question was wrong; `throttled` and `broken` are about the server.
 */
export async function fetchJson(call: Call, options: FetchOptions): Promise<Outcome> {
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs)]);
  try {
    const response = await options.fetch(call.url, { ...toInit(call), redirect: "manual", signal });
    const fault = faultOf(response, options.now());
    if (fault === null) return await readJson(response, options.bytesMax);
    await response.body?.cancel();
    return fault;
  } catch (cause) {
    const detail = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    return { ok: false, why: "broken", detail, retryAfterMs: null };
  }
}

function toInit({ form }: Call): RequestInit {
  const headers = { accept: "application/json", "user-agent": "modfleet" };
  if (form === undefined) return { headers };
  return {
    method: "POST",
    headers: { ...headers, "content-type": "application/x-www-form-urlencoded" },
    body: form,
  };
}

function faultOf(response: Response, now: number): Outcome | null {
  const { status } = response;
  const retryAfterMs = readRetryAfter(response.headers.get("retry-after"), now);
  if (status === 429 || status === 403) return failure("throttled", `Status ${status}`, retryAfterMs);
  if (status >= 400 && status < 500) return failure("refused", `Status ${status}`, retryAfterMs);
  if (status !== 200) return failure("broken", `Status ${status}`, retryAfterMs);
  const type = response.headers.get("content-type");
  if (type !== null && !/^application\/([\w.-]+\+)?json\b/i.test(type)) return failure("broken", `Not JSON: ${type}`);
  return null;
}

function failure(why: "refused" | "throttled" | "broken", detail: string, retryAfterMs: number | null = null): Outcome {
  return { ok: false, why, detail, retryAfterMs };
}

/** RFC 9110 section 10.2.3: seconds or a date. */
function readRetryAfter(header: string | null, now: number): number | null {
  if (header === null) return null;
  const wait = /^[0-9]{1,9}$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isFinite(wait) ? Math.min(RETRY_AFTER_MAX_MS, Math.max(0, wait)) : null;
}

async function readJson(response: Response, bytesMax: number): Promise<Outcome> {
  const text = await readText(response, bytesMax);
  if (text === null) return failure("broken", `More than ${bytesMax} bytes`);
  try {
    return { ok: true, json: JSON.parse(text) };
  } catch {
    return failure("broken", `Not JSON: ${text.slice(0, 80)}`);
  }
}

async function readText(response: Response, bytesMax: number): Promise<string | null> {
  const decoder = new TextDecoder();
  const parts: string[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    // Leaving the loop cancels the body, so an endless one stops here.
    if (bytes > bytesMax) return null;
    parts.push(decoder.decode(chunk, { stream: true }));
  }
  return parts.join("") + decoder.decode();
}
