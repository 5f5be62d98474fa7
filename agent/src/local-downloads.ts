import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { askSource } from "./engine/http/ask-source.ts";
import { type DownloadOutcome, type DownloadRequest, downloadFile } from "./engine/http/download-file.ts";
import { segmentName } from "./engine/http/file-name.ts";
import { createHostSeats } from "./engine/http/host-seats.ts";
import { createSourceAgent } from "./engine/http/open-source.ts";
import { HTTP_LIMITS, type HttpLimits } from "./engine/options.ts";
import type { Downloads, Fetched, FetchOrder, Look } from "./local/console/downloads.ts";

export type LocalDownloadsOptions = {
  /** Lets addresses reach loopback and private networks (tests, LAN). */
  allowPrivate: boolean;
  /** Most connections of one download. */
  connections: number;
  /** Bytes of one request; null: adaptive. */
  blockBytes: number | null;
  /** A look gives up after this time. */
  answerMs?: number;
  /** Between two tries while this machine has no network. */
  offlineWaitMs?: number;
  limits?: Partial<HttpLimits>;
  /** The HTTP engine's downloader. */
  download?: typeof downloadFile;
};

const ANSWER_MS = 10_000;
const OFFLINE_WAIT_MS = 15_000;
/** About an hour: what cannot be reached for longer is given up like any other download. */
const OFFLINE_TRIES = 240;
/** Errors of a machine without a network, not of a server. */
const OFFLINE = /\b(EAI_AGAIN|ENETUNREACH|ENETDOWN)\b/;

/** What a volunteer's own doors download with: the HTTP engine, without a bound on sizes. */
export function createLocalDownloads(options: LocalDownloadsOptions): Downloads {
  return {
    look: (url, signal) => look(url, options, signal),
    fetch: (order) => fetchOnce(order, options),
  };
}

/** HEAD gets half of the time, so that a server that is silent to it can still answer GET. */
async function look(url: string, options: LocalDownloadsOptions, signal: AbortSignal): Promise<Look> {
  const { allowPrivate, answerMs = ANSWER_MS } = options;
  const patience = { connectMs: answerMs, headMs: answerMs / 2, hostConnectionsMax: Number.POSITIVE_INFINITY };
  const limits = { ...HTTP_LIMITS, ...patience };
  const agent = createSourceAgent(allowPrivate, limits);
  const question = { url, fallbackName: nameOf(url), acceptPages: false, skipHead: false };
  // Seats of its own: a look that waited behind downloads would call a good address dead.
  const reach = { agent, allowPrivate, limits, seats: createHostSeats() };
  try {
    const asked = await askSource(question, reach, AbortSignal.any([signal, AbortSignal.timeout(answerMs)]));
    if (asked.kind === "file") return { kind: "file", total: asked.file.total };
    return { kind: asked.failure.code === "source_not_a_file" ? "page" : "dead" };
  } catch {
    // Out of time, or nobody wants to know any more.
    return { kind: "dead" };
  } finally {
    await agent.destroy();
  }
}

/** The finished file lies in `file` below the order's folder: what is found there needs no second download after a crash. */
async function fetchOnce(order: FetchOrder, options: LocalDownloadsOptions): Promise<Fetched> {
  const { url, onProgress, signal } = order;
  const folder = join(order.folder, "file");
  const finished = await finishedIn(folder);
  if (finished !== null) return finished;
  const request = {
    ...{ url, folder, onProgress, signal, partFolder: join(order.folder, "part"), fallbackName: nameOf(url) },
    ...{ connections: options.connections, blockBytes: options.blockBytes, maxBytes: Number.MAX_SAFE_INTEGER },
  };
  const outcome = await downloadOnline(request, options);
  if (outcome.kind === "cancelled") return { kind: "failed", detail: "Stopped" };
  if (outcome.kind === "failed")
    return { kind: "failed", detail: `${outcome.failure.code}: ${outcome.failure.detail}` };
  return { kind: "fetched", file: outcome.path, name: outcome.name, bytes: outcome.bytes };
}

/** Waits for a network: after a reboot it comes later than we do, and an evening without one must not empty the lists. */
async function downloadOnline(request: DownloadRequest, options: LocalDownloadsOptions): Promise<DownloadOutcome> {
  const { download = downloadFile, offlineWaitMs = OFFLINE_WAIT_MS } = options;
  for (let tries = 1; ; tries += 1) {
    const outcome = await download(request, options);
    const isOffline = outcome.kind === "failed" && OFFLINE.test(outcome.failure.detail);
    if (!isOffline || tries === OFFLINE_TRIES) return outcome;
    await delay(offlineWaitMs, undefined, { signal: request.signal });
  }
}

/** The last segment of the path, where nobody says a better name. */
function nameOf(url: string): string {
  return segmentName(new URL(url).pathname.split("/").at(-1) ?? "") ?? "download";
}

/** Without hard links an empty file may have kept the name when the crash came, so that one does not count. */
async function finishedIn(folder: string): Promise<Fetched | null> {
  await mkdir(folder, { recursive: true });
  const [name] = await readdir(folder);
  if (name === undefined) return null;
  const file = join(folder, name);
  const { size } = await stat(file);
  if (size > 0) return { kind: "fetched", file, name, bytes: size };
  await rm(file);
  return null;
}
