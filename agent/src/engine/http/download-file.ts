import { mkdir } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { FailureReport } from "@modfleet/protocol";
import { syncFolder } from "../../durable-file.ts";
import { failureOf } from "../failure-of.ts";
import { HTTP_LIMITS, type HttpLimits } from "../options.ts";
import { fetchToPart, type PartEnd, type PartJob } from "./fetch-to-part.ts";
import { type HostSeats, processSeats } from "./host-seats.ts";
import { createSourceAgent } from "./open-source.ts";
import { type Disk, nodeDisk, openPartFile, type PartFile, removePartFile } from "./part-file.ts";
import { placeFile } from "./place-file.ts";
import { createThrottle, type Throttle } from "./throttle.ts";

export type DownloadRequest = {
  url: string;
  /** Further addresses of the same bytes: used together where that is sure, one after another otherwise. */
  mirrors?: readonly string[] | undefined;
  /** Lower-case hex. */
  sha256?: string | undefined;
  /** Absolute; the file lands in it, and nothing ever outside. */
  folder: string;
  /**
   * Absolute, on the same disk, of this download alone: what is needed to go on after an abort, a crash or a reboot. It is gone once
   * the file is there. Calling again with it goes on; `removePartFile` forgets it.
   */
  partFolder: string;
  /** Its name where neither the server nor the address has one; has to be a safe one. */
  fallbackName: string;
  maxBytes: number;
  /** Most connections, 4 where nothing is said. */
  connections?: number | undefined;
  /** Bytes of one request; null, 0 or nothing: adaptive. */
  blockBytes?: number | null | undefined;
  /** Of this download; `throttle` of the options is shared. */
  bytesPerSecond?: number | null | undefined;
  /** Takes a web page for a file. */
  acceptPages?: boolean | undefined;
  /** False: the caller can do without the file after a power cut, and does not wait for the disk. */
  durable?: boolean | undefined;
  /** `bytes` falls where a download starts again. `connections` are those that bring bytes. */
  onProgress: (progress: DownloadProgress) => void;
  /** Aborting leaves a state that a later call resumes. */
  signal: AbortSignal;
};

export type DownloadProgress = { bytes: number; total: number | null; connections: number };

export type DownloadOptions = {
  allowPrivate?: boolean | undefined;
  limits?: Partial<HttpLimits> | undefined;
  throttle?: Throttle | null | undefined;
  seats?: HostSeats | undefined;
  disk?: Disk | undefined;
};

export type DownloadOutcome =
  | { kind: "downloaded"; path: string; name: string; bytes: number; etag: string | null; lastModified: string | null }
  | { kind: "failed"; failure: FailureReport }
  | { kind: "cancelled" };

const now = (): number => performance.now();

/**
 * Downloads one file over several connections and mirrors into `folder`. It appears there complete, checked against every hash that
 * is known, under a safe name that replaces nothing. Never throws for what a server, the network or a disk may do.
 */
export async function downloadFile(request: DownloadRequest, options: DownloadOptions): Promise<DownloadOutcome> {
  const { signal } = request;
  const limits: HttpLimits = { ...HTTP_LIMITS, ...options.limits };
  const allowPrivate = options.allowPrivate ?? false;
  const agent = createSourceAgent(allowPrivate, limits);
  const reach = { agent, allowPrivate, limits, seats: options.seats ?? processSeats };
  try {
    await mkdir(request.folder, { recursive: true });
    const part = await openPartFile(request.partFolder, options.disk ?? nodeDisk);
    try {
      const job = toJob(request, { reach, part, throttle: options.throttle ?? null });
      return await finish(request, part, await fetchToPart(job));
    } finally {
      await part.close();
    }
  } catch (error) {
    return signal.aborted ? { kind: "cancelled" } : { kind: "failed", failure: failureOf(error) };
  } finally {
    await agent.destroy();
  }
}

type Shared = Pick<PartJob, "reach" | "part" | "throttle">;

function toJob(request: DownloadRequest, shared: Shared): PartJob {
  const { url, mirrors = [], sha256, connections = 4, blockBytes, bytesPerSecond, acceptPages, onProgress } = request;
  const { progressMs } = shared.reach.limits;
  return {
    ...shared,
    urls: [...new Set([url, ...mirrors])],
    sha256: sha256 ?? null,
    fallbackName: request.fallbackName,
    connections,
    // Blocks of nothing would never fill a file.
    blockBytes: blockBytes || null,
    maxBytes: request.maxBytes,
    acceptPages: acceptPages ?? false,
    throttle: bytesPerSecond == null ? shared.throttle : both(ownThrottle(bytesPerSecond), shared.throttle),
    onProgress: seldom(onProgress, progressMs),
    now,
    signal: request.signal,
  };
}

async function finish(request: DownloadRequest, part: PartFile, end: PartEnd): Promise<DownloadOutcome> {
  if (end.kind === "failed") return end;
  if (end.kind === "aborted") return { kind: "cancelled" };
  const { bytes, file } = end;
  const durable = request.durable ?? true;
  request.signal.throwIfAborted();
  request.onProgress({ bytes, total: bytes, connections: 0 });
  await part.close({ durable });
  const path = await placeFile(part.body, request.folder, file.name);
  if (durable) await syncFolder(request.folder);
  await removePartFile(request.partFolder);
  return { kind: "downloaded", path, name: file.name, bytes, etag: file.etag, lastModified: file.lastModified };
}

/** Calls on with at most one progress in `everyMs`. */
function seldom(onProgress: PartJob["onProgress"], everyMs: number): PartJob["onProgress"] {
  let last = Number.NEGATIVE_INFINITY;
  return (progress) => {
    if (now() - last < everyMs) return;
    last = now();
    onProgress(progress);
  };
}

const ownThrottle = (bytesPerSecond: number): Throttle =>
  createThrottle({ bytesPerSecond, now, sleep: (ms, signal) => delay(ms, undefined, { signal }) });

function both(own: Throttle, shared: Throttle | null): Throttle {
  if (shared === null) return own;
  return {
    async take(bytes, signal) {
      await own.take(bytes, signal);
      await shared.take(bytes, signal);
    },
  };
}
