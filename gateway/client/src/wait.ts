import type { Api } from "./api.ts";
import { ModfleetError } from "./error.ts";
import { isOver, type Job } from "./views.ts";
import { followEvents, type Look, readJob } from "./watch.ts";

export type WaitOptions = {
  /** Gives up when it fires, by throwing its reason. The job goes on. */
  signal?: AbortSignal;
  /** Called with every change of the job: its place in the queue, its stage, its bytes. */
  onProgress?: (job: Job) => void;
  /** Throws `timed_out` after so many milliseconds; without it there is no limit. */
  timeoutMs?: number;
  /** How long to pause before the job is asked about again while there is no stream of events. 2 seconds. */
  pollMs?: number;
};

const POLL_MS = 2_000;
/** So many pauses in a row may pass without any answer. */
const SILENT_LOOKS_MAX = 30;
const PAUSE_SECONDS_MAX = 60;

/**
 * The job once it is done. Live from the job's events; where they do not come through, or break, it is asked about every
 * `pollMs` and the stream is tried again. Throws a ModfleetError: `job_failed` and `job_cancelled` with the job, `timed_out`,
 * `not_found`, or `unreachable` when nobody answered thirty times in a row.
 */
export async function waitFor(api: Api, job: string | { id: string }, options: WaitOptions = {}): Promise<Job> {
  const { signal: given, onProgress, timeoutMs, pollMs = POLL_MS } = options;
  const id = typeof job === "string" ? job : job.id;
  const limit = timeoutMs === undefined ? null : AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([given, limit].filter((one) => one != null));
  try {
    return settled(await untilOver(api, { id, signal, onJob: onlyChanges(onProgress), pollMs }));
  } catch (error) {
    given?.throwIfAborted();
    if (limit?.aborted) throw new ModfleetError("timed_out", `Job ${id} was not over after ${timeoutMs} ms`);
    throw error;
  }
}

async function untilOver(api: Api, look: Look & { pollMs: number }): Promise<Job> {
  let silentLooks = 0;
  for (;;) {
    look.signal.throwIfAborted();
    let pauseMs = look.pollMs;
    try {
      const job = (await followEvents(api, look)) ?? (await readJob(api, look));
      look.onJob(job);
      if (isOver(job)) return job;
      silentLooks = 0;
    } catch (error) {
      if (!isPassing(error)) throw error;
      silentLooks += 1;
      if (silentLooks >= SILENT_LOOKS_MAX) throw error;
      const polled = await polledOnce(api, look);
      if (polled !== null) silentLooks = 0;
      if (polled !== null && isOver(polled)) return polled;
      pauseMs = Math.max(pauseMs, askedPauseMs(error));
    }
    await pause(pauseMs, look.signal);
  }
}

/** A gateway that refuses says how long it wants to be left alone; nobody is left alone for longer than a minute. */
function askedPauseMs(error: unknown): number {
  const seconds = error instanceof ModfleetError ? (error.retryAfterSeconds ?? 0) : 0;
  return Math.min(seconds, PAUSE_SECONDS_MAX) * 1_000;
}

/** Where events are refused (too many streams are open), a plain read may still be answered. */
async function polledOnce(api: Api, look: Look): Promise<Job | null> {
  try {
    const job = await readJob(api, look);
    look.onJob(job);
    return job;
  } catch (error) {
    if (isPassing(error)) return null;
    throw error;
  }
}

/** Whether the same question may be answered in a moment: nobody there, too much at once, a gateway that restarts. */
function isPassing(error: unknown): boolean {
  if (error instanceof ModfleetError) return error.status === null || error.status === 429 || error.status >= 500;
  // A body that broke in the middle, or an answer that did not come.
  return error instanceof Error && (error.name === "TypeError" || error.name === "TimeoutError");
}

function settled(job: Job): Job {
  const { state, failure } = job;
  if (state === "cancelled") throw new ModfleetError("job_cancelled", `Job ${job.id} was cancelled`, { job });
  if (state !== "failed") return job;
  const why = failure === undefined ? `Job ${job.id} failed` : `${failure.message}. ${failure.advice}`;
  throw new ModfleetError("job_failed", why, { job });
}

function onlyChanges(onProgress: WaitOptions["onProgress"]): (job: Job) => void {
  let told = "";
  return (job) => {
    const text = JSON.stringify(job);
    if (text === told) return;
    told = text;
    onProgress?.(job);
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  });
}
