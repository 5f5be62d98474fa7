import { z } from "zod";
import { commandsOf, type Fields, Flag, Hash, type ReadFields, readFields, Whole } from "./fields.ts";
import { RTorrentError } from "./rtorrent-error.ts";
import type { XmlRpcValue } from "./xml-rpc.ts";

const FIELDS = {
  hash: ["d.hash", Hash],
  name: ["d.name", z.string()],
  isOpen: ["d.is_open", Flag],
  isActive: ["d.is_active", Flag],
  isStarted: ["d.state", Flag],
  isHashing: ["d.hashing", Flag],
  isComplete: ["d.complete", Flag],
  isMultiFile: ["d.is_multi_file", Flag],
  completedBytes: ["d.completed_bytes", Whole],
  sizeBytes: ["d.size_bytes", Whole],
  uploadedBytes: ["d.up.total", Whole],
  downRate: ["d.down.rate", Whole],
  upRate: ["d.up.rate", Whole],
  ratio: ["d.ratio", Whole],
  peersComplete: ["d.peers_complete", Whole],
  peersAccounted: ["d.peers_accounted", Whole],
  loadedFile: ["d.loaded_file", z.string()],
  directory: ["d.directory", z.string()],
  basePath: ["d.base_path", z.string()],
  message: ["d.message", z.string()],
} as const satisfies Fields;

/**
 * What rTorrent knows of one download. Sizes in bytes, rates in bytes per second, `ratio` in thousandths; the hash in upper case.
 * `isStarted` is what its owner wants, `isActive` what it does. `loadedFile` and `basePath` may be empty.
 */
export type RTorrentDownload = ReadFields<typeof FIELDS>;

/** The commands whose answers, in this order, `parseDownload` reads. */
export const DOWNLOAD_COMMANDS: readonly string[] = commandsOf(FIELDS);

/** Throws `RTorrentError` when the answers are not what rTorrent answers. */
export const parseDownload = (answers: readonly XmlRpcValue[]): RTorrentDownload => readFields(FIELDS, answers);

/** One file of a download, its path relative to the download's folder. */
export type RTorrentFile = { path: string; bytes: number };

const Files = z.array(z.tuple([z.string(), Whole]));

/** Reads what `f.multicall` answers for `f.path` and `f.size_bytes`. */
export function parseFiles(answer: XmlRpcValue): RTorrentFile[] {
  const parsed = Files.safeParse(answer);
  if (!parsed.success) throw new RTorrentError("nonsense", "rTorrent answered nonsense to f.multicall", parsed.error);
  return parsed.data.map(([path, bytes]) => ({ path, bytes }));
}
