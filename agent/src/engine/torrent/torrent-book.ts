import { mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { INFO_HASH } from "@modfleet/protocol";
import { z } from "zod";
import { replaceDurably } from "../../durable-file.ts";

const InfoHash = z.string().regex(INFO_HASH);
/** Times in milliseconds UTC, sizes in bytes. */
const Entry = z.discriminatedUnion("state", [
  /** Some of its data lies there: a job loads it, or may come back for it. */
  z.object({ state: z.literal("partial"), infoHash: InfoHash, since: z.number() }),
  /** Complete since then. `uploaded` is all it gave away, `seen` what its client last said of that. */
  z.object({
    state: z.literal("seeding"),
    infoHash: InfoHash,
    since: z.number(),
    bytes: z.number().min(1),
    uploaded: z.number().min(0),
    seen: z.number().min(0),
  }),
]);
export type BookEntry = z.infer<typeof Entry>;
export type SeedingEntry = Extract<BookEntry, { state: "seeding" }>;

/** What a restarted agent must know of its torrents. When a call returns, its change survives `kill -9` and a power cut. */
export interface TorrentBook {
  /** In the order in which they came. */
  entries(): readonly BookEntry[];
  get(infoHash: string): BookEntry | null;
  put(entry: BookEntry): void;
  drop(infoHash: string): void;
}

/** Opens the book at `path`. One that cannot be read is an empty one: what it told of can be loaded again. */
export function openTorrentBook(path: string): TorrentBook {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  return bookOf(read(path), (entries) => replaceDurably(path, JSON.stringify(entries)));
}

/** A book that knows nothing any more when the process ends. */
export function forgetfulBook(): TorrentBook {
  return bookOf([], () => undefined);
}

function bookOf(known: readonly BookEntry[], save: (entries: readonly BookEntry[]) => void): TorrentBook {
  let entries = new Map(known.map((entry) => [entry.infoHash, entry]));
  const change = (next: Map<string, BookEntry>): void => {
    save([...next.values()]);
    entries = next;
  };
  return {
    entries: () => [...entries.values()],
    get: (infoHash) => entries.get(infoHash) ?? null,
    put: (entry) => change(new Map(entries).set(entry.infoHash, entry)),
    drop: (infoHash) => {
      if (entries.has(infoHash)) change(new Map([...entries].filter(([hash]) => hash !== infoHash)));
    },
  };
}

function read(path: string): BookEntry[] {
  try {
    return z.array(Entry).safeParse(JSON.parse(readFileSync(path, "utf8"))).data ?? [];
  } catch {
    return [];
  }
}
