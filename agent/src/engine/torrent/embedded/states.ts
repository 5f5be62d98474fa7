import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { INFO_HASH } from "@modfleet/protocol";
import { z } from "zod";
import { replaceDurably } from "../../../durable-file.ts";
import type { EngineLog } from "../../options.ts";
import { type Metainfo, parseMetainfo } from "../metainfo.ts";

const Count = z.number().int().nonnegative();

/** What is kept of one torrent over a restart. */
export const TorrentState = z.object({
  version: z.literal(1),
  infoHash: z.string().regex(INFO_HASH),
  folder: z.string().min(1),
  isPaused: z.boolean(),
  /** Why it was stopped, in words. */
  problem: z.string().nullable(),
  fault: z.enum(["broken", "unsafe", "empty", "too_large", "disk_full"]).nullable().default(null),
  /** Null: all. */
  files: z.array(z.string()).nullable(),
  maxBytes: Count.nullable(),
  uploadedBytes: Count,
  /** Of the magnet link. */
  name: z.string().nullable(),
  trackers: z.array(z.string()),
  webSeeds: z.array(z.string()),
  peers: z.array(z.string()),
  hasMetainfo: z.boolean(),
  /** Only while nothing is written to the files: what was verified, and size and time of change of each file then. */
  verified: z.object({ pieces: z.base64(), stamps: z.array(z.tuple([z.number(), z.number()]).nullable()) }).nullable(),
});
export type TorrentState = z.infer<typeof TorrentState>;
export type Kept = { state: TorrentState; metainfo: Metainfo | null };

/** The states of all torrents of one client, a file or two for each. */
export type TorrentStates = {
  /** What can be read, in no order. Files that cannot be are set aside. */
  load(): Promise<Kept[]>;
  save(state: TorrentState): void;
  /** Once for each torrent, before its state says that it is there. */
  saveMetainfo(infoHash: string, bytes: Uint8Array): void;
  forget(infoHash: string): Promise<void>;
};

/** Keeps nothing. */
export const NO_STATES: TorrentStates = {
  load: () => Promise.resolve([]),
  save: () => undefined,
  saveMetainfo: () => undefined,
  forget: () => Promise.resolve(),
};

/** Keeps states as files in `folder`, each change on the disk before the call returns. */
export async function openStates(folder: string, log: EngineLog): Promise<TorrentStates> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const stateFile = (infoHash: string): string => join(folder, `${infoHash}.json`);
  const metainfoFile = (infoHash: string): string => join(folder, `${infoHash}.metainfo`);

  const read = async (infoHash: string): Promise<Kept> => {
    const state = TorrentState.parse(JSON.parse(await readFile(stateFile(infoHash), "utf8")));
    if (state.infoHash !== infoHash) throw new Error("It is another torrent's");
    if (!state.hasMetainfo) return { state, metainfo: null };
    const metainfo = parseMetainfo(Buffer.from(await readFile(metainfoFile(infoHash), "latin1"), "base64"));
    if (metainfo.infoHash !== infoHash) throw new Error("The metainfo is another torrent's");
    return { state, metainfo };
  };
  const setAside = async (infoHash: string, error: unknown): Promise<void> => {
    const problem = error instanceof Error ? error.message : String(error);
    log.warn({ infoHash, problem }, "The state of a torrent is damaged and was set aside");
    for (const file of [stateFile(infoHash), metainfoFile(infoHash)]) {
      await rename(file, `${file}.damaged`).catch(() => undefined);
    }
  };

  return {
    async load() {
      const found: Kept[] = [];
      for (const name of (await readdir(folder)).toSorted()) {
        const [, infoHash] = /^([0-9a-f]{40})\.json$/.exec(name) ?? [];
        if (infoHash === undefined) continue;
        const kept = await read(infoHash).catch((error: unknown) => setAside(infoHash, error));
        if (kept !== undefined) found.push(kept);
      }
      return found;
    },
    save: (state) => replaceDurably(stateFile(state.infoHash), JSON.stringify(state)),
    // The writer of durable files takes text.
    saveMetainfo: (infoHash, bytes) => replaceDurably(metainfoFile(infoHash), Buffer.from(bytes).toString("base64")),
    async forget(infoHash) {
      await rm(stateFile(infoHash), { force: true });
      await rm(metainfoFile(infoHash), { force: true });
    },
  };
}
