import { mkdirSync, readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { FailureReport } from "@modfleet/protocol";
import type { Beside, Engine, EngineHealth, FetchOutcome, FetchRequest } from "../engine.ts";
import { createInUse } from "./in-use.ts";
import { createLazyClient } from "./lazy-client.ts";
import { TORRENT_LIMITS, type TorrentEngineLimits, type TorrentOptions } from "./options.ts";
import { findTorrent } from "./order-of.ts";
import { createSeeding } from "./seeding.ts";
import { forgetfulBook, openTorrentBook } from "./torrent-book.ts";
import { reportOf } from "./torrent-failure.ts";
import { runTorrentJob, type TorrentJobOptions } from "./torrent-job.ts";
import type { Keeper } from "./torrent-keeper.ts";

/**
 * Fetches torrents with whatever client there is. An agent that has started it keeps their data in `folder` and seeds them after
 * their jobs; without that everything of a torrent is in its job's folder, and ends with the job.
 */
export function createTorrentEngine(given: TorrentOptions): Engine {
  const limits: TorrentEngineLimits = { ...TORRENT_LIMITS, ...given.limits };
  const { folder, now, log } = given;
  const over = new AbortController();
  const inUse = createInUse();
  let stateFolder: string | null = null;
  const client = createLazyClient(() => given.openClient({ stateFolder }));
  const running = new Set<Promise<unknown>>();
  let work: TorrentJobOptions = {
    further: given.server === null ? "MODFLEET_DHT=1 would look further" : "The torrent server's DHT is off",
    ...{ inUse, client, now, log, limits, book: forgetfulBook(), beside: null },
    folderFor: (_, request) => join(request.folder, "torrent"),
  };
  let seeding: Promise<void> = Promise.resolve();
  let hold = (): Promise<void> => Promise.resolve();

  const start = (beside: Beside): void => {
    const data = join(folder, "data");
    mkdirSync(data, { recursive: true, mode: 0o700 });
    stateFolder = join(folder, "client");
    const folderOf = (infoHash: string): string => join(data, infoHash);
    const { ratio, ms } = given.seeding;
    const book = openTorrentBook(join(folder, "book.json"));
    work = { ...work, book, folderFor: folderOf, beside: ratio > 0 && ms > 0 ? beside : null };
    const keeper = { ...{ book, inUse, client, now, log }, ...{ folderOf, isServer: given.server !== null } };
    const kept = createSeeding({ ...keeper, ratio, ms, partialKeptMs: limits.partialKeptMs });
    hold = () => kept.hold(AbortSignal.timeout(limits.closeMs));
    seeding = sweep(data, keeper)
      .catch((error: unknown) => log.warn({ error: String(error) }, "Could not look for what torrents left"))
      .then(() => kept.keep(beside, limits.tickMs, over.signal));
  };

  return {
    kind: "torrent",
    check: (signal) => check(given, AbortSignal.any([signal, AbortSignal.timeout(limits.checkMs)])),
    start,
    fetch: (request) => {
      const signal = AbortSignal.any([request.signal, over.signal]);
      const fetching = fetchTorrent({ ...request, signal }, given, work).finally(() => running.delete(fetching));
      running.add(fetching);
      return fetching;
    },
    close: async () => {
      over.abort();
      await Promise.all([seeding, ...running]);
      // A server of somebody's goes on, and nobody would look when the torrent has been given away for long enough.
      if (given.server !== null) await hold();
      await client.close();
    },
  };
}

async function fetchTorrent(
  request: FetchRequest,
  given: TorrentOptions,
  work: TorrentJobOptions,
): Promise<FetchOutcome> {
  const { source, folder, signal } = request;
  if (source.kind !== "torrent") return failed({ code: "internal", detail: `BitTorrent cannot fetch ${source.kind}` });
  const { allowPrivate = false, httpLimits = {} } = given;
  try {
    const found = await findTorrent(source, { folder, allowPrivate, httpLimits, signal });
    const { root, tool, name } = await runTorrentJob({ ...found, picked: source.files, request }, work);
    return { kind: "fetched", root, fetched: { tool, manifest: found.infoHash, name } };
  } catch (error) {
    if (signal.aborted) return { kind: "cancelled" };
    const failure = reportOf(error);
    given.log.warn({ source, failure }, "A torrent could not be fetched");
    return failed(failure);
  }
}

const failed = (failure: FailureReport): FetchOutcome => ({ kind: "failed", failure });

/** Data that no job and no book knows of is what a crash or a lost book left. */
async function sweep(data: string, { book, inUse, log }: Pick<Keeper, "book" | "inUse" | "log">): Promise<void> {
  for (const name of readdirSync(data)) {
    await inUse
      .alone(name, async () => {
        if (book.get(name) === null) await rm(join(data, name), { recursive: true, force: true, maxRetries: 3 });
      })
      .catch((error: unknown) => log.warn({ name, error: String(error) }, "Could not remove what a torrent left"));
  }
}

/** Opens nothing for the client inside the agent: its port is a job's matter. */
async function check({ server, openClient }: TorrentOptions, signal: AbortSignal): Promise<EngineHealth> {
  if (server === null) return { ok: true, version: "WebTorrent, inside the agent" };
  try {
    const client = await openClient({ stateFolder: null });
    try {
      await client.list(signal);
      return { ok: true, version: client.tool };
    } finally {
      await client.close();
    }
  } catch (error) {
    const why = (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, " ").slice(0, 300);
    return { ok: false, problem: `No torrent server at ${server}: ${why}`, fix: FIX };
  }
}

const FIX = "Start it, correct MODFLEET_TORRENT_CLIENT, or unset that to use the agent's own client";
