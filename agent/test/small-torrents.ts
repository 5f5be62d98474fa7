import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { TorrentError, type TorrentOrder, type TorrentStatus } from "../src/engine/torrent/client.ts";
import { PortsTakenError } from "../src/engine/torrent/embedded/embedded.ts";
import { parseMagnet } from "../src/engine/torrent/magnet.ts";
import { parseMetainfo } from "../src/engine/torrent/metainfo.ts";
import type { OpenClient, SessionClient } from "../src/local/resttorrent/open-session.ts";
import { portOf } from "./loopback.ts";

/** A torrent client on a real port that downloads nothing: the test says how far its torrents are. */
export type SmallClient = SessionClient & {
  /** Changes what is told of a torrent. */
  set(infoHash: string, change: Partial<TorrentStatus>): void;
  /** The orders that were added. */
  orders: TorrentOrder[];
};

export type SmallTorrents = {
  openClient: OpenClient;
  /** By their peer id; those that were closed are gone. */
  clients: Map<string, SmallClient>;
};

/** Opens small clients, whose kept torrents survive in `torrents.json` of their state folder. */
export function smallTorrents(): SmallTorrents {
  const clients = new Map<string, SmallClient>();
  return {
    clients,
    async openClient({ ports, peerId, stateFolder }) {
      const server = await listening(ports);
      const close = async (): Promise<void> => {
        clients.delete(peerId);
        await new Promise((resolve) => server.close(resolve));
      };
      const client = smallClient({ port: portOf(server), stateFolder, close });
      clients.set(peerId, client);
      return client;
    },
  };
}

type Parts = Pick<SessionClient, "port" | "close"> & { stateFolder: string | null };

function smallClient({ stateFolder, ...parts }: Parts): SmallClient {
  const kept = keptIn(stateFolder);
  const torrents = new Map(kept.read().map((status) => [status.infoHash, status]));
  const forgotten = new Set<string>();
  const orders: TorrentOrder[] = [];
  const save = (): void => kept.write([...torrents.values()].filter(({ infoHash }) => !forgotten.has(infoHash)));
  const known = (infoHash: string): TorrentStatus => {
    const status = torrents.get(infoHash);
    if (status === undefined) throw new TorrentError("not_found", `No torrent ${infoHash}`);
    return status;
  };
  const set = (infoHash: string, change: Partial<TorrentStatus>): void => {
    torrents.set(infoHash, { ...known(infoHash), ...change });
    save();
  };
  return {
    ...{ ...parts, tool: "small 1.0", orders, set },
    list: async () => [...torrents.values()],
    get: async (infoHash) => torrents.get(infoHash) ?? null,
    async add(order, signal) {
      signal.throwIfAborted();
      orders.push(order);
      const status = statusOf(order);
      mkdirSync(order.folder, { recursive: true });
      if (order.isKept === false) forgotten.add(status.infoHash);
      torrents.set(status.infoHash, status);
      save();
      return status;
    },
    pause: async (infoHash) => set(infoHash, { isPaused: true }),
    resume: async (infoHash) => set(infoHash, { isPaused: false }),
    async remove(infoHash, { deleteData }) {
      const { folder, name } = known(infoHash);
      torrents.delete(infoHash);
      save();
      if (deleteData && name !== null) rmSync(join(folder, name), { recursive: true, force: true });
    },
    files: async () => [],
    setLimits: async () => undefined,
    looksForPeers: async () => true,
  };
}

function statusOf({ from, folder, isPaused = false }: TorrentOrder): TorrentStatus {
  const base = { folder, isPaused, bytes: 0, uploadedBytes: 0, downRate: 0, upRate: 0, peers: 0, problem: null };
  if (from.kind === "magnet") {
    const { infoHash, name } = parseMagnet(from.uri);
    return { ...base, infoHash, name, phase: "metadata", totalBytes: null };
  }
  const { infoHash, name, length } = parseMetainfo(from.bytes);
  return { ...base, infoHash, name, phase: "downloading", totalBytes: length };
}

function keptIn(stateFolder: string | null) {
  const path = stateFolder === null ? null : join(stateFolder, "torrents.json");
  return {
    read(): TorrentStatus[] {
      return path !== null && existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : [];
    },
    write(torrents: TorrentStatus[]): void {
      if (path === null || stateFolder === null) return;
      mkdirSync(stateFolder, { recursive: true });
      writeFileSync(path, JSON.stringify(torrents));
    },
  };
}

async function listening(ports: { first: number; last: number }): Promise<Server> {
  for (let port = ports.first; port <= ports.last; port += 1) {
    const server = createServer((socket) => socket.destroy());
    server.listen(port);
    const [event] = await Promise.race([
      once(server, "listening").then(() => ["listening"]),
      once(server, "error").then(() => ["error"]),
    ]).catch(() => ["error"]);
    if (event === "listening") return server;
  }
  throw new PortsTakenError(ports);
}
