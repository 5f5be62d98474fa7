import { join } from "node:path";
import type { Config } from "./config.ts";
import { embeddedTorrents } from "./embedded-torrents.ts";
import type { Engine } from "./engine/engine.ts";
import type { EngineLog } from "./engine/options.ts";
import { createTorrentEngine } from "./engine/torrent/engine.ts";
import type { OpenTorrentClient, TorrentOptions } from "./engine/torrent/options.ts";
import { createRTorrent } from "./engine/torrent/rtorrent/rtorrent.ts";
import { endpointText, parseEndpoint, type RTorrentEndpoint } from "./engine/torrent/rtorrent/transport.ts";
import { createRTorrentTorrentClient } from "./engine/torrent/rtorrent-client/rtorrent-client.ts";

type Surroundings = { now: () => number; log: EngineLog; limits?: TorrentOptions["limits"] };

/** The torrent engine over the client that the volunteer chose: the one inside the agent, or their rTorrent. */
export function torrentEngineOf(config: Config, { now, log, limits = {} }: Surroundings): Engine {
  const { dataFolder, torrent, allowPrivateSources: allowPrivate } = config;
  const endpoint = torrent.client === "embedded" ? null : parseEndpoint(torrent.client);
  return createTorrentEngine({
    folder: join(dataFolder, "torrents"),
    openClient: endpoint === null ? embeddedTorrents(config, log) : rtorrent(endpoint),
    server: endpoint === null ? null : endpointText(endpoint),
    seeding: { ratio: torrent.seedRatio, ms: torrent.seedMs },
    ...{ now, log, allowPrivate, limits },
  });
}

const rtorrent =
  (endpoint: RTorrentEndpoint): OpenTorrentClient =>
  async () =>
    createRTorrentTorrentClient(createRTorrent({ endpoint }));
