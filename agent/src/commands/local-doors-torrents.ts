import { join } from "node:path";
import type { Config } from "../config.ts";
import { embeddedTorrents } from "../embedded-torrents.ts";
import { METAINFO_BYTES_MAX } from "../engine/torrent/metainfo.ts";
import { engineLogOf } from "../engine-log.ts";
import type { Door } from "../local/door.ts";
import { openHttpDoor } from "../local/http-door.ts";
import { openRestTorrent } from "../local/resttorrent/open-rest-torrent.ts";
import { restTorrentRefusal } from "../local/resttorrent/refusal.ts";
import type { RestTorrent } from "../local/resttorrent/rest-torrent.ts";
import { SocketDoor } from "../local/resttorrent/socket-door.ts";
import type { Log } from "../log.ts";
import { CommandError } from "./context.ts";

export type TorrentDoors = {
  doors: readonly Door[];
  /** Ends clients and sessions; what is kept goes on at the next start. */
  close(): Promise<void>;
};

/** RestTorrent over HTTP and Socket.IO. Both, and the torrent client, are loaded by whoever uses them first. */
export function openTorrentDoors(config: Config, log: Log): TorrentDoors {
  const rest = openRest(config, log);
  const http = openHttpDoor({
    path: "/v1/",
    load: async () => (await import("../local/resttorrent/app.ts")).createRestTorrentApp(rest, log),
    refusal: restTorrentRefusal,
    log,
  });
  const socket = new SocketDoor({ rest, fileBytesMax: METAINFO_BYTES_MAX, log });
  const close = async (): Promise<void> => {
    await Promise.all([socket.close(), rest.close()]);
  };
  return { doors: [http, socket], close };
}

function openRest(config: Config, log: Log): RestTorrent {
  const stateFolder = join(config.dataFolder, "resttorrent");
  const { downloadsFolder, allowPrivateSources: allowPrivate } = config;
  try {
    return openRestTorrent({
      downloadsFolder,
      stateFolder,
      allowPrivate,
      log,
      openClient: embeddedTorrents(config, engineLogOf(log)),
    });
  } catch (cause) {
    const hint = "choose another data folder with MODFLEET_AGENT_DATA";
    throw new CommandError(`Cannot keep RestTorrent's sessions in ${stateFolder}, ${hint}: ${String(cause)}`, {
      cause,
    });
  }
}
