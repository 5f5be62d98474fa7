import { createHash } from "node:crypto";
import { setImmediate } from "node:timers";
import type { Deps } from "../../deps.ts";
import type { AppContext } from "../app-env.ts";
import { createBodyCache } from "../body-cache.ts";
import { fileAnswer } from "../deliver-files.ts";
import { bytesBody } from "../file-body.ts";
import { checkConditions } from "../preconditions.ts";

const KEPT_BYTES_MAX = 8 * 1024 * 1024;
/** What an answer costs beside its body, so that many small ones are not for nothing. */
const OVERHEAD_BYTES = 512;

const encoder = new TextEncoder();

/** A body as it is sent. `length` is what it costs to keep. */
type Kept = { bytes: Uint8Array<ArrayBuffer>; headers: Record<string, string>; etag: string; length: number };

/**
 * Answers a question about the shelf. `question` names it: equal names, equal answers for as long as the shelf's revision
 * stays. `make` writes the answer as JSON.
 */
export type AnswerFromShelf = (c: AppContext, question: string, make: () => Promise<string>) => Promise<Response>;

/**
 * Readers of the shelf share these answers. Each is made once per revision, whoever writes: this process, another, or the
 * counters of files just sent. So none is ever older than the request that it answers.
 */
export function createShelfAnswers({ counters, shelf }: Pick<Deps, "counters" | "shelf">): AnswerFromShelf {
  const bodies = createBodyCache<Kept>({ charactersMax: KEPT_BYTES_MAX });
  const revision = onceATurn(() => shelf.revision());

  return async (c, question, make) => {
    await counters.settled();
    const kept = await bodies.get(question, await revision(), async () => toKept(await make()));
    return send(c, kept);
  };
}

/** Requests that come in one turn of the event loop share one read, which starts after all of them came. */
function onceATurn<Value>(read: () => Promise<Value>): () => Promise<Value> {
  let next: Promise<Value> | null = null;
  return () => {
    next ??= new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      next = null;
      return read();
    });
    return next;
  };
}

function toKept(text: string): Kept {
  const bytes = encoder.encode(text);
  const etag = `"${createHash("sha1").update(bytes).digest("base64url")}"`;
  const headers = {
    "content-type": "application/json",
    "content-length": String(bytes.length),
    "cache-control": "public, no-cache",
    etag,
  };
  return { bytes, headers, etag, length: bytes.length + OVERHEAD_BYTES };
}

function send(c: AppContext, { bytes, headers, etag }: Kept): Response {
  const condition = checkConditions((name) => c.req.header(name), { etag, modifiedAt: null });
  if (condition === "not_modified") {
    return new Response(null, { status: 304, headers: { etag, "cache-control": "public, no-cache" } });
  }
  if (c.env?.outgoing === undefined && c.req.method !== "HEAD") return new Response(bytes, { headers });
  return fileAnswer(c, bytesBody(bytes), { headers });
}
