import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { magnetInfoHash } from "@modfleet/protocol";
import {
  type TorrentClient,
  TorrentError,
  type TorrentFault,
  type TorrentOrder,
  type TorrentStatus,
} from "../src/engine/torrent/client.ts";
import { parseMetainfo } from "../src/engine/torrent/metainfo.ts";

type Known = { content: Buffer; files: Readonly<Record<string, Buffer>> };

type Given = {
  torrents: readonly Known[];
  /** What arrives between two looks. */
  stepBytes?: number;
  /** Nothing more arrives than so much. */
  heldAt?: number;
  /** Looks until a magnet link's torrent is known. */
  metadataLooks?: number;
  problem?: string;
  fault?: TorrentFault;
  /** What taking a torrent off the list throws, once. */
  removeFails?: Error;
};

export type MemoryTorrents = TorrentClient & {
  orders: TorrentOrder[];
  /** Verified bytes that lay there when a torrent was added. */
  foundBytes: number[];
  isClosed(): boolean;
};

type Entry = { status: TorrentStatus; known: Known; looks: number };

/** A client without peers: each look brings some bytes of a known torrent, which it writes as a real one does. */
export function memoryTorrents({ torrents, stepBytes = 40_000, metadataLooks = 1, ...given }: Given): MemoryTorrents {
  const entries = new Map<string, Entry>();
  const orders: TorrentOrder[] = [];
  const foundBytes: number[] = [];
  let isClosed = false;

  const add = async (order: TorrentOrder): Promise<TorrentStatus> => {
    orders.push(order);
    const infoHash = hashOf(order);
    const known = torrents.find(({ content }) => parseMetainfo(content).infoHash === infoHash);
    const there = entries.get(infoHash);
    if (there !== undefined) return { ...there.status };
    const status = anyStatus(infoHash, order);
    if (known !== undefined && order.from.kind === "metainfo") learn(status, known);
    if (known !== undefined) entries.set(infoHash, { status, known, looks: 0 });
    status.bytes = known === undefined ? 0 : await bytesThere(order.folder, known);
    foundBytes.push(status.bytes);
    return { ...status };
  };
  const look = async (entry: Entry): Promise<void> => {
    const { status, known } = entry;
    entry.looks += 1;
    if (status.totalBytes === null) {
      status.problem = given.problem ?? null;
      if (entry.looks >= metadataLooks) learn(status, known);
      return;
    }
    const until = Math.min(status.totalBytes, given.heldAt ?? status.totalBytes);
    status.bytes = Math.max(status.bytes, Math.min(until, status.bytes + stepBytes));
    await writePart(status, known);
    if (status.bytes === status.totalBytes) status.phase = "complete";
    Object.assign(status, { problem: given.problem ?? null, fault: given.fault ?? null });
  };

  return {
    tool: "memory 1",
    orders,
    foundBytes,
    isClosed: () => isClosed,
    list: async () => [...entries.values()].map(({ status }) => ({ ...status })),
    async get(infoHash) {
      const entry = entries.get(infoHash);
      if (entry === undefined) return null;
      await look(entry);
      return { ...entry.status };
    },
    add,
    pause: async () => {},
    resume: async () => {},
    async remove(infoHash) {
      const isThere = entries.delete(infoHash);
      if (isThere && given.removeFails !== undefined) throw given.removeFails;
    },
    async files(infoHash) {
      const content = entries.get(infoHash)?.known.content;
      if (content === undefined) return [];
      const files = parseMetainfo(content).files;
      return files.map(({ path, length: bytes }) => ({ path, bytes, doneBytes: bytes, isWanted: true }));
    },
    setLimits: async () => {},
    looksForPeers: async () => true,
    close: async () => {
      isClosed = true;
    },
  };
}

function hashOf({ from }: TorrentOrder): string {
  if (from.kind === "metainfo") return parseMetainfo(from.bytes).infoHash;
  const infoHash = magnetInfoHash(from.uri);
  if (infoHash === null) throw new TorrentError("invalid", "This is no magnet link of a torrent");
  return infoHash;
}

function anyStatus(infoHash: string, { folder }: TorrentOrder): TorrentStatus {
  const none = { bytes: 0, uploadedBytes: 0, downRate: 0, upRate: 0, peers: 0, isPaused: false, problem: null };
  return { ...none, infoHash, folder, name: null, phase: "metadata", totalBytes: null };
}

function learn(status: TorrentStatus, { content }: Known): void {
  const { name, length } = parseMetainfo(content);
  Object.assign(status, { name, totalBytes: length, phase: "downloading" });
}

/** Path below the client's folder → bytes. */
function placed({ content, files }: Known): [path: string, bytes: Buffer][] {
  const { name, isFolder } = parseMetainfo(content);
  return Object.entries(files).map(([path, bytes]) => [isFolder ? join(name, path) : name, bytes]);
}

async function writePart({ folder, bytes }: TorrentStatus, known: Known): Promise<void> {
  let left = bytes;
  for (const [path, content] of placed(known)) {
    if (left <= 0) return;
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content.subarray(0, left));
    left -= content.length;
  }
}

async function bytesThere(folder: string, known: Known): Promise<number> {
  let sum = 0;
  for (const [path, content] of placed(known)) {
    const there = await readFile(join(folder, path)).catch(() => Buffer.alloc(0));
    if (there.equals(content.subarray(0, there.length))) sum += there.length;
  }
  return sum;
}
