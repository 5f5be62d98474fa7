import { EventSourceParserStream } from "eventsource-parser/stream";
import type { Api } from "./api.ts";
import { answered, errorOf, unwrap } from "./error.ts";
import { isOver, type Job, parseJob } from "./views.ts";

/** A gateway that says nothing for so long is dead: the gateway sends a comment every five seconds. */
const SILENCE_MS = 30_000;
const EVENT_CHARACTERS_MAX = 1024 * 1024;

export type Look = {
  id: string;
  signal: AbortSignal;
  onJob: (job: Job) => void;
};

/** The job as it is now. Throws a TimeoutError after half a minute. */
export function readJob(api: Api, { id, signal }: Pick<Look, "id" | "signal">): Promise<Job> {
  const patience = AbortSignal.any([signal, AbortSignal.timeout(SILENCE_MS)]);
  return unwrap(api.GET("/api/jobs/{id}", { params: { path: { id } }, signal: patience }));
}

/**
 * Follows the job's events until it is over. Null when the stream ended before, was silent for half a minute, or when a proxy
 * let none through; throws what a problem document says.
 */
export async function followEvents(api: Api, { id, signal, onJob }: Look): Promise<Job | null> {
  const silence = createAlarm(SILENCE_MS);
  try {
    const { response, data, error } = await answered(
      api.GET("/api/jobs/{id}/events", {
        params: { path: { id } },
        headers: { accept: "text/event-stream" },
        parseAs: "stream",
        signal: AbortSignal.any([signal, silence.signal]),
      }),
    );
    if (!response.ok) throw errorOf(response, error);
    const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") === true;
    if (!isStream || !data) {
      await data?.cancel();
      return null;
    }
    return await lastOf(data, { onJob, heard: silence.postpone });
  } catch (error) {
    if (silence.signal.aborted && !signal.aborted) return null;
    throw error;
  } finally {
    silence.stop();
  }
}

type Reading = { onJob: (job: Job) => void; heard: () => void };

/** Reads a stream's jobs; the one that is over ends it. */
async function lastOf(body: ReadableStream<Uint8Array>, { onJob, heard }: Reading): Promise<Job | null> {
  const events = body
    .pipeThrough(asText())
    .pipeThrough(new EventSourceParserStream({ maxBufferSize: EVENT_CHARACTERS_MAX, onComment: heard }))
    .getReader();
  try {
    for (;;) {
      const { done, value } = await events.read();
      if (done) return null;
      heard();
      const job = value.event === "job" ? parseJob(value.data) : null;
      if (job === null) continue;
      onJob(job);
      if (isOver(job)) return job;
    }
  } finally {
    // A stream that broke is rejected once more by this.
    await events.cancel().catch(() => undefined);
  }
}

/** As TextDecoderStream, whose types say BufferSource where a body has Uint8Array. */
function asText(): TransformStream<Uint8Array, string> {
  const decoder = new TextDecoder();
  return new TransformStream({
    transform: (chunk, controller) => controller.enqueue(decoder.decode(chunk, { stream: true })),
  });
}

/** A signal that fires when nothing postponed it for `ms`. */
function createAlarm(ms: number): { signal: AbortSignal; postpone: () => void; stop: () => void } {
  const controller = new AbortController();
  const ring = (): void => controller.abort();
  let timer = setTimeout(ring, ms);
  return {
    signal: controller.signal,
    postpone() {
      clearTimeout(timer);
      timer = setTimeout(ring, ms);
    },
    stop: () => clearTimeout(timer),
  };
}
