import { isAbsolute, resolve } from "node:path";
import { createSourceAgent } from "../../http/open-source.ts";
import { HTTP_LIMITS } from "../../options.ts";
import { TorrentError, type TorrentOrder, type TorrentStatus } from "../client.ts";
import { parseMagnet } from "../magnet.ts";
import { type Metainfo, parseMetainfo } from "../metainfo.ts";
import { createCheckQueue } from "./check-queue.ts";
import type { Context } from "./context.ts";
import { deleteData } from "./delete-data.ts";
import type { EmbeddedClient, EmbeddedOptions } from "./embedded.ts";
import { HeldTorrent } from "./held-torrent.ts";
import { checkInside } from "./inside-folder.ts";
import { EMBEDDED_LIMITS } from "./limits.ts";
import { type Listening, listen } from "./listen.ts";
import { NO_STATES, openStates, type TorrentState } from "./states.ts";

export { type EmbeddedClient, type EmbeddedOptions, type EmbeddedPeer, PortsTakenError } from "./embedded.ts";

/** Starts a torrent client in this process, with what its state folder has. Throws `PortsTakenError`, or what the disk throws. */
export async function createEmbeddedClient(options: EmbeddedOptions): Promise<EmbeddedClient> {
  const limits = { ...EMBEDDED_LIMITS, ...options.limits };
  const httpLimits = { ...HTTP_LIMITS, ...options.httpLimits };
  const { stateFolder, allowPrivate, log, first = "tcp" } = options;
  const states = stateFolder === null ? NO_STATES : await openStates(stateFolder, log);
  const { client, WebConnection, version, close } = await listen(options, limits);
  const agent = createSourceAgent(allowPrivate, httpLimits);
  const reach = { agent, allowPrivate, httpLimits };
  const port = client.torrentPort;
  const checks = createCheckQueue(limits.checksMax);
  const context: Context = { client, WebConnection, port, first, reach, states, checks, limits, log };
  const torrents = await loadAll(context).catch(async (error: unknown) => {
    await closeAll({ agent, close });
    throw error;
  });
  return clientOf(context, torrents, {
    tool: `webtorrent ${version}`,
    hasDht: options.dht === true,
    closeAll: () => closeAll({ agent, close }),
  });
}

async function closeAll({ agent, close }: { agent: { destroy(): Promise<void> } } & Pick<Listening, "close">) {
  await close();
  await agent.destroy();
}

/** Everything that was kept, at work again where it is not paused. */
async function loadAll(context: Context): Promise<Map<string, HeldTorrent>> {
  const torrents = new Map<string, HeldTorrent>();
  for (const kept of await context.states.load()) {
    try {
      torrents.set(kept.state.infoHash, new HeldTorrent(context, { ...kept, isKept: true }));
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      context.log.warn({ infoHash: kept.state.infoHash, problem }, "A torrent that was kept cannot go on");
    }
  }
  await Promise.all([...torrents.values()].filter(({ isPaused }) => !isPaused).map((torrent) => torrent.resume()));
  return torrents;
}

type Rest = { tool: string; hasDht: boolean; closeAll: () => Promise<void> };

function clientOf(
  context: Context,
  torrents: Map<string, HeldTorrent>,
  { tool, hasDht, closeAll: end }: Rest,
): EmbeddedClient {
  const { client } = context;
  const leaving = createLeaving();
  let closing: Promise<void> | null = null;
  const find = (infoHash: string, signal: AbortSignal): HeldTorrent => {
    signal.throwIfAborted();
    const torrent = torrents.get(infoHash.toLowerCase());
    if (torrent === undefined) throw new TorrentError("not_found", `No torrent ${infoHash}`);
    return torrent;
  };
  const close = async (): Promise<void> => {
    const stopped = await Promise.allSettled([...torrents.values()].map((torrent) => torrent.stop()));
    await end();
    const failed = stopped.find((one) => one.status === "rejected");
    if (failed !== undefined) context.log.warn({ error: String(failed.reason) }, "The state of a torrent was not kept");
  };
  return {
    ...{ tool, port: context.port, peerId: client.peerId },
    async list(signal) {
      signal.throwIfAborted();
      return [...torrents.values()].map((torrent) => torrent.status());
    },
    async get(infoHash, signal) {
      signal.throwIfAborted();
      return torrents.get(infoHash.toLowerCase())?.status() ?? null;
    },
    add: async (order, signal) => {
      signal.throwIfAborted();
      if (closing !== null) throw closed();
      return addTorrent({ context, torrents, leaving, isClosing: () => closing !== null }, order);
    },
    pause: async (infoHash, signal) => find(infoHash, signal).pause(),
    async resume(infoHash, signal) {
      if (closing !== null) throw closed();
      await find(infoHash, signal).resume();
    },
    async remove(infoHash, { deleteData: isDeleted }, signal) {
      const torrent = find(infoHash, signal);
      torrents.delete(torrent.infoHash);
      await leaving.run(torrent.infoHash, () => removeTorrent(torrent, isDeleted));
    },
    files: async (infoHash, signal) => find(infoHash, signal).files(),
    async setLimits({ downRate, upRate }, signal) {
      signal.throwIfAborted();
      client.throttleDownload(downRate ?? -1);
      client.throttleUpload(upRate ?? -1);
    },
    looksForPeers: async (signal) => {
      signal.throwIfAborted();
      return hasDht;
    },
    peers: (infoHash) => torrents.get(infoHash.toLowerCase())?.peers() ?? [],
    close() {
      closing ??= close();
      return closing;
    },
  };
}

/** Torrents that are being removed: who adds one again has to wait until its files are gone. */
function createLeaving() {
  const all = new Map<string, Promise<void>>();
  return {
    has: (infoHash: string): boolean => all.has(infoHash),
    until: (infoHash: string): Promise<void> => all.get(infoHash) ?? Promise.resolve(),
    async run(infoHash: string, act: () => Promise<void>): Promise<void> {
      const work = act();
      const settled = work.catch(() => undefined).finally(() => all.delete(infoHash));
      all.set(infoHash, settled);
      await work;
    },
  };
}

async function removeTorrent(torrent: HeldTorrent, isDeleted: boolean): Promise<void> {
  const problems: unknown[] = [];
  // What was written may not be on the disk, or not noted: nobody cares once it is deleted, and a full disk must bear that.
  await torrent.stop().catch((error: unknown) => (isDeleted ? null : problems.push(error)));
  await torrent.forget().catch((error: unknown) => problems.push(error));
  if (isDeleted && torrent.content !== null) await deleteData(torrent.content, torrent.folder);
  if (problems.length > 0) throw diskError(problems[0]);
}

function diskError(error: unknown): TorrentError {
  return error instanceof TorrentError ? error : new TorrentError("disk", String(error), error);
}

const closed = (): TorrentError => new TorrentError("unreachable", "The torrent client is closed");

type Place = {
  context: Context;
  torrents: Map<string, HeldTorrent>;
  leaving: ReturnType<typeof createLeaving>;
  isClosing: () => boolean;
};

async function addTorrent(
  { context, torrents, leaving, isClosing }: Place,
  order: TorrentOrder,
): Promise<TorrentStatus> {
  const { state, metainfo } = startOf(order);
  await refuseLinks(metainfo, state);
  while (leaving.has(state.infoHash)) await leaving.until(state.infoHash);
  if (isClosing()) throw closed();
  const existing = torrents.get(state.infoHash);
  if (existing !== undefined) return existing.status();
  const torrent = new HeldTorrent(context, { state, metainfo, isKept: order.isKept !== false });
  // Taken before the first wait, so that two who add the same torrent get the same one.
  torrents.set(state.infoHash, torrent);
  try {
    torrent.keep(order.from.kind === "metainfo" ? order.from.bytes : null);
  } catch (error) {
    torrents.delete(state.infoHash);
    throw diskError(error);
  }
  if (order.isPaused !== true) await torrent.resume();
  return torrent.status();
}

/** Of a magnet link the paths are not known yet; they are looked at before the first file is made. */
async function refuseLinks(metainfo: Metainfo | null, { folder }: TorrentState): Promise<void> {
  const paths = metainfo?.files.filter(({ isPadding }) => !isPadding).map(({ path }) => path) ?? [];
  await checkInside(folder, paths);
}

function startOf(order: TorrentOrder): { state: TorrentState; metainfo: Metainfo | null } {
  if (!isAbsolute(order.folder)) throw new TorrentError("invalid", `Not an absolute folder: ${order.folder}`);
  const metainfo = order.from.kind === "metainfo" ? parseMetainfo(order.from.bytes) : null;
  const magnet = order.from.kind === "magnet" ? parseMagnet(order.from.uri) : null;
  const state: TorrentState = {
    version: 1,
    infoHash: metainfo?.infoHash ?? magnet?.infoHash ?? "",
    folder: resolve(order.folder),
    isPaused: order.isPaused ?? false,
    ...{ problem: null, fault: null },
    files: order.files === undefined ? null : [...order.files],
    maxBytes: order.maxBytes ?? null,
    uploadedBytes: 0,
    name: magnet?.name ?? null,
    trackers: magnet?.trackers ?? [],
    webSeeds: magnet?.webSeeds ?? [],
    peers: [...(order.peers ?? []), ...(magnet?.peers ?? [])],
    hasMetainfo: metainfo !== null,
    verified: null,
  };
  return { state, metainfo };
}
