import { open, stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { z } from "zod";
import { type Client, type CustomClient, type CustomTorrent, type Seen, toHash } from "./client.ts";
import { inParallel } from "./parallel.ts";
import type { Facts, TorrentFile } from "./torrent.ts";
import { parseTorrentFile, TORRENT_BYTES_MAX } from "./torrent-file.ts";

const AT_ONCE = 8;

export type CustomClientOptions = {
  /** For one call of one method. */
  timeoutMs: number;
  /** Where the paths that `getTorrent` gives begin. */
  torrentFolder: string | null;
};

/** Watches whatever a script's own client talks to. Its answers are checked like a stranger's, its promises given up in time. */
export function createCustomClient(custom: CustomClient, { timeoutMs, torrentFolder }: CustomClientOptions): Client {
  /** How the client itself writes a hash. */
  let spelling = new Map<string, string>();
  /** What was read off the disk, by hash. */
  const remembered = new Map<string, TorrentFile[]>();
  const filesOf = async (hash: string, path: string): Promise<TorrentFile[]> => {
    const files = remembered.get(hash) ?? (await filesOnDisk(path, torrentFolder));
    if (files.length > 0) remembered.set(hash, files);
    return files;
  };
  const ask = <Answer>(work: () => Answer | Promise<Answer>, what: string, signal: AbortSignal): Promise<Answer> =>
    within(work, { timeoutMs, what, signal });
  const list = async (signal: AbortSignal): Promise<Map<string, string>> => {
    const hashes = z.array(z.string().min(1)).safeParse(await ask(() => custom.list(), "list()", signal));
    if (!hashes.success) throw new Error("list() of the client gave no list of hashes");
    return new Map(hashes.data.map((hash) => [toHash(hash), hash]));
  };
  const look = async ([hash, own]: [string, string], signal: AbortSignal): Promise<Seen> => {
    try {
      const torrent = await ask(() => custom.getTorrent(own), "getTorrent()", signal);
      return { hash, facts: await readTorrent(torrent, { hash, filesOf }) };
    } catch (error) {
      return { hash, error };
    }
  };
  const command = async (name: "pause" | "resume" | "remove", hash: string, signal: AbortSignal): Promise<void> => {
    if (typeof custom[name] !== "function") throw new Error(`Your client has not function ${name}(hash)`);
    await ask(() => custom[name]?.(spelling.get(hash) ?? hash), `${name}()`, signal);
  };
  return {
    greet: async (signal) => `A client of its own with ${(await list(signal)).size} torrents`,
    poll: async (signal) => {
      spelling = await list(signal);
      for (const hash of remembered.keys()) if (!spelling.has(hash)) remembered.delete(hash);
      const seen = await inParallel([...spelling], AT_ONCE, (one) => look(one, signal));
      if (!seen.some((one) => "error" in one)) return seen;
      // What went while it was asked for is no failure.
      const still = await list(signal);
      return seen.filter(({ hash }) => still.has(hash));
    },
    pause: (hash, signal) => command("pause", hash, signal),
    resume: (hash, signal) => command("resume", hash, signal),
    remove: (hash, signal) => command("remove", hash, signal),
    load: async ({ file, dataFolder }, signal) => {
      if (typeof custom.load !== "function") return false;
      await ask(() => custom.load?.(file, { dataFolder }), "load()", signal);
      return true;
    },
  };
}

type Within = { timeoutMs: number; what: string; signal: AbortSignal };

/** A promise of a stranger cannot be cancelled; it is left behind. */
async function within<Answer>(
  work: () => Answer | Promise<Answer>,
  { timeoutMs, what, signal }: Within,
): Promise<Answer> {
  const { promise: over, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`${what} of the client took longer than ${timeoutMs} ms`)),
    timeoutMs,
  );
  const abort = (): void => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    signal.throwIfAborted();
    return await Promise.race([work(), over]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}

const REQUIRED = ["hash", "name", "length", "active", "downloaded", "uploaded", "path"] as const;

const Bytes = z.coerce.number().int().nonnegative();
const Torrent = z.object({
  name: z.coerce.string(),
  active: z.union([z.boolean(), z.coerce.number().transform((value) => value !== 0)]),
  downloaded: Bytes,
  uploaded: Bytes,
  length: Bytes,
  path: z.coerce.string(),
  extra: z.record(z.string(), z.unknown()).nullish(),
  files: z.array(z.object({ name: z.string().optional(), path: z.string(), length: Bytes })).nullish(),
});

async function readTorrent(
  given: CustomTorrent,
  { hash, filesOf }: { hash: string; filesOf: (hash: string, path: string) => Promise<TorrentFile[]> },
): Promise<Facts> {
  const torrent: object = typeof given === "object" && given !== null ? given : {};
  const missing = REQUIRED.filter((key) => !(key in torrent) || Reflect.get(torrent, key) === undefined);
  if (missing.length > 0) throw new Error(`Attributes are missing: ${missing.join(", ")}`);
  const { extra, files, path, ...facts } = Torrent.parse(torrent);
  const own = files?.map((file) => ({ name: file.name ?? basename(file.path), path: file.path, length: file.length }));
  return {
    ...facts,
    hash,
    path: basename(path),
    extra: extra ?? {},
    files: own ?? (await filesOf(hash, path)),
  };
}

async function filesOnDisk(path: string, folder: string | null): Promise<TorrentFile[]> {
  const file = folder === null ? resolve(path) : resolve(folder, path);
  try {
    if ((await stat(file)).size > TORRENT_BYTES_MAX) return [];
    await using handle = await open(file);
    return parseTorrentFile(await handle.readFile(), file).files.map(({ name, path, length }) => ({
      name,
      path,
      length,
    }));
  } catch {
    // A client that gives neither has no files to show.
    return [];
  }
}
