import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { magnetInfoHash } from "@modfleet/protocol";
import {
  type TorrentClient,
  TorrentError,
  type TorrentFileStatus,
  type TorrentOrder,
  type TorrentStatus,
} from "../src/engine/torrent/client.ts";
import { parseMetainfo } from "../src/engine/torrent/metainfo.ts";
import type { TestTorrent } from "./a-torrent.ts";

type Held = { torrent: TestTorrent; order: TorrentOrder; isPaused: boolean; uploaded: number };

export type HeldTorrents = {
  client: TorrentClient;
  /** Torrents that peers have; what is missing here stays where it is. */
  peers: TestTorrent[];
  /** By info-hash; a test may take some away or change them as the world would. */
  held: Map<string, Held>;
  /** What was said to it, like `add` and `remove with data`. */
  said: string[];
  isDown: boolean;
  hasDht: boolean;
  closed: number;
};

/** A torrent client without a wire, whose peers, uploads and absences are in the test's hand. */
export function heldTorrents(known: readonly TestTorrent[]): HeldTorrents {
  const torrents = new Map(known.map((torrent) => [torrent.hash.toLowerCase(), torrent]));
  const world: HeldTorrents = {
    ...{ client: clientOf(), peers: [...known], held: new Map(), said: [], isDown: false, hasDht: true, closed: 0 },
  };

  function clientOf(): TorrentClient {
    return {
      tool: "memory 1",
      list: (signal) => ask(signal, () => Promise.all([...world.held.values()].map(statusOf))),
      get: (infoHash, signal) =>
        ask(signal, async () => {
          const held = world.held.get(infoHash);
          return held === undefined ? null : await statusOf(held);
        }),
      add: (order, signal) => ask(signal, () => add(order)),
      pause: (infoHash, signal) => ask(signal, async () => hold(infoHash, true)),
      resume: (infoHash, signal) => ask(signal, async () => hold(infoHash, false)),
      remove: (infoHash, { deleteData }, signal) =>
        ask(signal, async () => {
          const { order } = heldOf(infoHash, deleteData ? "remove with data" : "remove");
          world.held.delete(infoHash);
          if (deleteData) await rm(order.folder, { recursive: true, force: true });
        }),
      files: (infoHash, signal) => ask(signal, async () => filesOf(heldOf(infoHash, null))),
      setLimits: async () => undefined,
      looksForPeers: async () => world.hasDht,
      close: async () => {
        world.closed += 1;
      },
    };
  }

  async function ask<T>(signal: AbortSignal, answer: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    if (world.isDown) throw new TorrentError("unreachable", "Nobody answers");
    return await answer();
  }

  function heldOf(infoHash: string, word: string | null): Held {
    const held = world.held.get(infoHash);
    if (held === undefined) throw new TorrentError("not_found", `No torrent ${infoHash}`);
    if (word !== null) world.said.push(word);
    return held;
  }

  function hold(infoHash: string, isPaused: boolean): void {
    heldOf(infoHash, isPaused ? "pause" : "resume").isPaused = isPaused;
  }

  async function add(order: TorrentOrder): Promise<TorrentStatus> {
    const { from } = order;
    const infoHash = from.kind === "magnet" ? (magnetInfoHash(from.uri) ?? "") : parseMetainfo(from.bytes).infoHash;
    const torrent = torrents.get(infoHash);
    if (torrent === undefined) throw new TorrentError("invalid", `No test knows ${infoHash}`);
    const held = world.held.get(infoHash) ?? { torrent, order, isPaused: false, uploaded: 0 };
    world.held.set(infoHash, held);
    world.said.push("add");
    await mkdir(held.order.folder, { recursive: true });
    return await statusOf(held);
  }

  const isDelivered = ({ torrent }: Held): boolean => world.peers.includes(torrent);

  function filesOf(held: Held): TorrentFileStatus[] {
    if (held.order.from.kind === "magnet" && !isDelivered(held)) return [];
    const name = nameOf(held.torrent);
    return Object.entries(held.torrent.files).map(([file, { length: bytes }]) => {
      const path = file === name ? name : `${name}/${file}`;
      const isWanted = held.order.files?.includes(path) ?? true;
      return { path, bytes, isWanted, doneBytes: isWanted && isDelivered(held) && !held.isPaused ? bytes : 0 };
    });
  }

  async function statusOf(held: Held): Promise<TorrentStatus> {
    const all = filesOf(held);
    const files = all.filter(({ isWanted }) => isWanted);
    const sum = (of: (file: TorrentFileStatus) => number): number => files.reduce((total, file) => total + of(file), 0);
    const [bytes, totalBytes] = [sum((file) => file.doneBytes), all.length === 0 ? null : sum((file) => file.bytes)];
    if (bytes > 0) await deliver(held, files);
    const phase = totalBytes === null ? "metadata" : bytes === totalBytes ? "complete" : "downloading";
    return {
      ...{ infoHash: held.torrent.hash.toLowerCase(), name: nameOf(held.torrent), phase, bytes, totalBytes },
      ...{ isPaused: held.isPaused, uploadedBytes: held.uploaded, downRate: 0, upRate: 0, peers: 0 },
      ...{ folder: held.order.folder, problem: null },
    };
  }

  async function deliver({ torrent, order }: Held, files: readonly TorrentFileStatus[]): Promise<void> {
    for (const { path } of files) {
      const target = join(order.folder, path);
      // What others have linked already must not be written to.
      if (existsSync(target)) continue;
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, torrent.files[path] ?? torrent.files[path.slice(path.indexOf("/") + 1)] ?? "");
    }
  }

  return world;
}

const nameOf = ({ content }: TestTorrent): string => parseMetainfo(content).name;
