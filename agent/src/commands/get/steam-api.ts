/** Where and how Steam's Web API is asked. */
export type SteamApi = {
  /** Its origin. */
  api: string;
  fetch: typeof globalThis.fetch;
  signal: AbortSignal;
};

export type SteamAnswer = { ok: true; json: unknown } | { ok: false; problem: string };

const ANSWER_MS = 30_000;
const ANSWER_BYTES_MAX = 4 * 1024 * 1024;

/** Calls a method of ISteamRemoteStorage. What goes wrong is a problem in one line that says what to do. */
export async function callSteam({ api, fetch, signal }: SteamApi, method: string, form: string): Promise<SteamAnswer> {
  const url = new URL(`ISteamRemoteStorage/${method}/v1/`, api.endsWith("/") ? api : `${api}/`);
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: form,
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
    });
    const text = await readText(response);
    if (response.status === 429) return refused("Steam asked to slow down. Try again in half an hour");
    if (!response.ok) return refused(`Steam's Web API answered ${response.status}. Try again later`);
    return { ok: true, json: JSON.parse(text) };
  } catch (error) {
    if (error instanceof SyntaxError)
      return refused("Steam's Web API answered something that is not JSON. Try again later");
    return refused(
      `Cannot reach Steam's Web API at ${url.origin}: ${reasonOf(error)}. Check the connection and try again`,
    );
  }
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) throw new RangeError("the answer is too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** What fetch throws says only "fetch failed"; the reason is its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

const refused = (problem: string): SteamAnswer => ({ ok: false, problem });
