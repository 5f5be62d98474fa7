import { z } from "zod";
import { askAll, askOne, checkHash } from "../rtorrent/ask.ts";
import { commandsOf, type Fields, Flag, Hash, type ReadFields, readFields, Whole } from "../rtorrent/fields.ts";
import type { RTorrent } from "../rtorrent/rtorrent.ts";
import { RTorrentError } from "../rtorrent/rtorrent-error.ts";
import { NOTE_KEY } from "./note.ts";

const FIELDS = {
  hash: ["d.hash", Hash],
  name: ["d.name", z.string()],
  isMeta: ["d.is_meta", Flag],
  isOpen: ["d.is_open", Flag],
  isActive: ["d.is_active", Flag],
  isStarted: ["d.state", Flag],
  isHashing: ["d.hashing", Flag],
  hasFailed: ["d.hashing_failed", Flag],
  isHashChecked: ["d.is_hash_checked", Flag],
  isComplete: ["d.complete", Flag],
  isMultiFile: ["d.is_multi_file", Flag],
  sizeChunks: ["d.size_chunks", Whole],
  completedChunks: ["d.completed_chunks", Whole],
  wantedChunks: ["d.wanted_chunks", Whole],
  chunkBytes: ["d.chunk_size", Whole],
  sizeBytes: ["d.size_bytes", Whole],
  completedBytes: ["d.completed_bytes", Whole],
  uploadedBytes: ["d.up.total", Whole],
  downRate: ["d.down.rate", Whole],
  upRate: ["d.up.rate", Whole],
  peers: ["d.peers_connected", Whole],
  freeBytes: ["d.free_diskspace", Whole],
  directory: ["d.directory", z.string()],
  message: ["d.message", z.string()],
  note: [`d.custom=${NOTE_KEY}`, z.string()],
} as const satisfies Fields;

/** What rTorrent knows of one torrent. `wantedChunks` are those that are wanted and not here yet. */
export type Row = ReadFields<typeof FIELDS>;

const COMMANDS = commandsOf(FIELDS);

export async function askRows(rtorrent: RTorrent, signal: AbortSignal): Promise<Row[]> {
  return (await askAll(rtorrent.call, COMMANDS, signal)).map((answers) => readFields(FIELDS, answers));
}

export async function askRow(rtorrent: RTorrent, hash: string, signal: AbortSignal): Promise<Row | null> {
  const answers = await askOne(rtorrent.call, { hash, commands: COMMANDS }, signal);
  return answers === null ? null : readFields(FIELDS, answers);
}

/** One file, its path relative to the torrent's own folder. `chunks` are those it has a part in. */
export type FileRow = { path: string; bytes: number; isWanted: boolean; chunks: number; completedChunks: number };

const FileRows = z.array(z.tuple([z.string(), Whole, Flag, Whole, Whole]));
const FILE_COMMANDS = ["f.path=", "f.size_bytes=", "f.priority=", "f.size_chunks=", "f.completed_chunks="];

export async function askFileRows(rtorrent: RTorrent, hash: string, signal: AbortSignal): Promise<FileRow[]> {
  const answer = await rtorrent.call("f.multicall", [checkHash(hash), "", ...FILE_COMMANDS], signal);
  const parsed = FileRows.safeParse(answer);
  if (!parsed.success) throw new RTorrentError("nonsense", "rTorrent answered nonsense to f.multicall", parsed.error);
  return parsed.data.map(([path, bytes, isWanted, chunks, completedChunks]) => ({
    ...{ path, bytes, isWanted, chunks, completedChunks },
  }));
}
