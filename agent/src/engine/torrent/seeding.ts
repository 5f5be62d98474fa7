import { setTimeout as delay } from "node:timers/promises";
import type { Beside } from "../engine.ts";
import { TorrentError, type TorrentStatus } from "./client.ts";
import type { BookEntry, SeedingEntry, TorrentBook } from "./torrent-book.ts";
import { discardTorrent, type Keeper, type Place, stopTorrent } from "./torrent-keeper.ts";

export type SeedingOptions = Keeper & {
  /** Where a torrent's data lies. */
  folderOf: (infoHash: string) => string;
  /** Whether the client runs without having been opened here: a server does. */
  isServer: boolean;
  /** Ends at this many times the size, or after this time, whichever comes first. */
  ratio: number;
  ms: number;
  partialKeptMs: number;
};

/** What goes on with torrents when their jobs have ended. */
export interface Seeding {
  /** One look at every torrent that no job uses: those whose time is over go, with their data. Never rejects. */
  tick(beside: Beside, signal: AbortSignal): Promise<void>;
  /** Ticks until the signal fires. */
  keep(beside: Beside, everyMs: number, signal: AbortSignal): Promise<void>;
  /** Pauses what is seeded, until somebody looks after it again. Never rejects. */
  hold(signal: AbortSignal): Promise<void>;
}

export function createSeeding(options: SeedingOptions): Seeding {
  const { book, inUse } = options;
  const trying = createTrying(options.log);

  const tick = async (beside: Beside, signal: AbortSignal): Promise<void> => {
    const look = async (infoHash: string): Promise<void> => {
      if (inUse.folderOf(infoHash) === null && !signal.aborted) await lookAt(options, infoHash, { beside, signal });
    };
    const inTurn = (infoHash: string): Promise<void> => inUse.alone(infoHash, () => look(infoHash));
    await trying(signal, async (attempt) => {
      for (const infoHash of leastWorthFirst(book.entries())) await attempt(() => inTurn(infoHash));
      await attempt(async () => {
        for (const infoHash of await strays(options, signal)) await inTurn(infoHash);
      });
    });
  };
  const hold = async (signal: AbortSignal): Promise<void> => {
    const unused = book.entries().filter(({ infoHash }) => inUse.folderOf(infoHash) === null);
    await trying(signal, async (attempt) => {
      for (const entry of unused)
        await attempt(() => inUse.alone(entry.infoHash, () => holdOne(options, entry, signal)));
    });
  };

  return {
    tick,
    hold,
    keep: async (beside, everyMs, signal) => {
      while (!signal.aborted) {
        await tick(beside, signal);
        await delay(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
      }
    },
  };
}

type Attempt = (action: () => Promise<void>) => Promise<void>;

/**
 * Makes attempts that may fail: the torrent server may be away, the disk may be full, and the next look is soon. Each trouble is told
 * once, and so is its end. Nothing more is attempted in a turn in which the server does not answer.
 */
function createTrying(log: Keeper["log"]) {
  const told = new Set<string>();
  return async (signal: AbortSignal, turn: (attempt: Attempt) => Promise<void>): Promise<void> => {
    const troubles = new Set<string>();
    const note = (error: unknown): void => {
      if (signal.aborted) return;
      const isAway = error instanceof TorrentError && error.problem === "unreachable";
      const trouble = isAway ? AWAY : String(error);
      troubles.add(trouble);
      if (!told.has(trouble)) log.warn({ error: String(error) }, "Could not look after the torrents");
      told.add(trouble);
    };
    await turn(async (action) => {
      if (!troubles.has(AWAY) && !signal.aborted) await action().catch(note);
    });
    if (troubles.size > 0 || told.size === 0 || signal.aborted) return;
    told.clear();
    log.info({}, "The torrents are looked after again");
  };
}

const AWAY = "away";

/** Where the disk is short, what only others have use for goes before what a job may come back for, the oldest first. */
function leastWorthFirst(entries: readonly BookEntry[]): string[] {
  const rank = ({ state }: BookEntry): number => (state === "seeding" ? 0 : 1);
  return entries.toSorted((a, b) => rank(a) - rank(b) || a.since - b.since).map(({ infoHash }) => infoHash);
}

/**
 * Torrents in our folders that the client goes on with and nobody knows. Not while jobs run: rTorrent's magnet links are settled by
 * whoever looks at them, and two at once would undo each other's work.
 */
async function strays(options: SeedingOptions, signal: AbortSignal): Promise<string[]> {
  const { book, client, inUse, isServer, folderOf } = options;
  if (!inUse.isEmpty()) return [];
  if (!isServer && !client.isOpen()) return [];
  if (isServer && !client.isOpen() && book.entries().length === 0) return [];
  const all = await (await client.get()).list(signal);
  const ours = all.filter(({ infoHash, folder }) => folder === folderOf(infoHash) && book.get(infoHash) === null);
  return ours.map(({ infoHash }) => infoHash);
}

type Look = { beside: Beside; signal: AbortSignal };

async function lookAt(options: SeedingOptions, infoHash: string, look: Look): Promise<void> {
  const { book, now, partialKeptMs, client, isServer, log } = options;
  const entry = book.get(infoHash);
  const isShort = look.beside.isShortOfRoom();
  if (entry?.state === "seeding" && !isShort && !isOver(options, entry)) return await seedOn(options, entry, look);
  if (entry?.state === "partial" && !isShort && now() - entry.since < partialKeptMs) {
    // After a crash a client may go on with what no job wants any more.
    if (isServer || client.isOpen()) await stopTorrent(options, placeOf(options, infoHash), look.signal);
    return;
  }
  log.info({ infoHash, state: entry?.state ?? "unknown", isShort }, "A torrent's data goes");
  await discard(options, infoHash, look.signal);
}

const placeOf = ({ folderOf }: SeedingOptions, infoHash: string): Place => ({ infoHash, folder: folderOf(infoHash) });

const discard = (options: SeedingOptions, infoHash: string, signal: AbortSignal): Promise<void> =>
  discardTorrent(options, placeOf(options, infoHash), signal);

function isOver({ ratio, ms, now }: SeedingOptions, { since, uploaded, bytes }: SeedingEntry): boolean {
  return now() - since >= ms || uploaded >= ratio * bytes;
}

async function seedOn(options: SeedingOptions, entry: SeedingEntry, { beside, signal }: Look): Promise<void> {
  const { infoHash } = entry;
  const client = await options.client.get();
  const status = await client.get(infoHash, signal);
  // Somebody took it off the list of their torrent server: what they want counts.
  if (status === null) return await discard(options, infoHash, signal);
  const counted = count(options.book, entry, status);
  if (counted.uploaded > entry.uploaded) beside.onMoved(counted.uploaded - entry.uploaded);
  if (isOver(options, counted)) return await discard(options, infoHash, signal);
  const mayGive = beside.mayMove();
  if (mayGive && status.isPaused) await client.resume(infoHash, signal);
  if (!mayGive && !status.isPaused) await client.pause(infoHash, signal);
}

async function holdOne(options: SeedingOptions, { state, infoHash }: BookEntry, signal: AbortSignal): Promise<void> {
  if (state === "partial") return await stopTorrent(options, placeOf(options, infoHash), signal);
  const client = await options.client.get();
  const status = await client.get(infoHash, signal);
  if (status?.folder === options.folderOf(infoHash) && !status.isPaused) await client.pause(infoHash, signal);
}

/** A client may count from nothing after a restart. */
function count(book: TorrentBook, entry: SeedingEntry, { uploadedBytes: seen }: TorrentStatus): SeedingEntry {
  if (seen === entry.seen) return entry;
  const counted = { ...entry, seen, uploaded: entry.uploaded + (seen > entry.seen ? seen - entry.seen : seen) };
  book.put(counted);
  return counted;
}
