import { toHash } from "./client.ts";
import type { Listener } from "./events.ts";
import type { Created } from "./take-in.ts";
import type { Torrent } from "./torrent.ts";
import type { TorrentFileData } from "./torrent-file.ts";
import { extractTorrentFile } from "./torrent-file.ts";
import type { Command } from "./view.ts";
import type { Watch } from "./watch.ts";
import type { WebHookOptions } from "./webhook.ts";

/** A path, or what upload libraries make of a file. */
export type GivenFile = string | { path: string };

/**
 * dTorrent's manager. One made with a server's name speaks for that server alone; else a hash is looked for on all servers in their order,
 * and a `server` among the arguments narrows it.
 */
export interface Manager {
  getAll(server?: string): Promise<Torrent[]>;
  /** Null when no server has it. */
  getOne(hash: string, server?: string): Promise<Torrent | null>;
  pause(hash: string, server?: string): Promise<Torrent>;
  resume(hash: string, server?: string): Promise<Torrent>;
  /** Takes it off the server and leaves its data; resolves to what it last was. */
  remove(hash: string, server?: string): Promise<Torrent>;
  delete(hash: string, server?: string): Promise<Torrent>;
  extractTorrentFile(path: string): TorrentFileData;
  /** Moves the file into `<root_path>/dtorrent/torrent` and adds it to the server (the first one by default). */
  createFromTorrent(torrentFile: GivenFile, server?: string): Promise<Created>;
  /** As `createFromTorrent`, with data that is there already: it is verified first and moved into `<root_path>/dtorrent/downloaded`. */
  createFromTorrentAndData(torrentFile: GivenFile, data: GivenFile, server?: string): Promise<Created>;
  addListener(listener: Listener): void;
  removeListener(listener: Listener): void;
  /** Posts every event there, once; a URL that is added again gets the new options. */
  addWebHook(url: string | URL, options?: WebHookOptions): void;
  removeWebHook(url: string | URL): void;
  /** Ends the watch over every server, and all that is under way. */
  stop(): Promise<void>;
}

/** A manager over what `watch` holds now and later; `own` is the server that it speaks for. */
export function createManager(watch: Watch, own: string | null): Manager {
  const command = async (name: Command, hash: string, server = own): Promise<Torrent> => {
    const id = checkHash(hash);
    const found = watch.servers(server).find((one) => one.find(id) !== null);
    if (found === undefined) throw new Error("Torrent does not exists");
    return found.command(name, id);
  };
  const remove = (hash: string, server?: string): Promise<Torrent> => command("remove", hash, server);
  return {
    getAll: async (server = own ?? undefined) => watch.servers(server ?? null).flatMap((one) => one.torrents()),
    getOne: async (hash, server = own ?? undefined) => {
      const id = checkHash(hash);
      for (const one of watch.servers(server ?? null)) {
        const torrent = one.find(id);
        if (torrent !== null) return torrent;
      }
      return null;
    },
    pause: (hash, server) => command("pause", hash, server),
    resume: (hash, server) => command("resume", hash, server),
    remove,
    delete: remove,
    extractTorrentFile,
    createFromTorrent: async (file, server = own ?? undefined) =>
      watch.takeIn({ torrentFile: pathOf(file), data: null, server: server ?? null }),
    createFromTorrentAndData: async (file, data, server = own ?? undefined) =>
      watch.takeIn({ torrentFile: pathOf(file), data: pathOf(data), server: server ?? null }),
    addListener: (listener) => watch.addListener(listener, own),
    removeListener: watch.removeListener,
    addWebHook: (url, options = {}) => watch.addWebHook(url, options, own),
    removeWebHook: watch.removeWebHook,
    stop: watch.stop,
  };
}

/** As the client's own spelling may differ, so may the asker's. */
function checkHash(hash: string): string {
  if (typeof hash !== "string" || hash === "") throw new Error("Hash is missing");
  return toHash(hash);
}

function pathOf(file: GivenFile): string {
  const path = typeof file === "string" ? file : file?.path;
  if (typeof path === "string" && path !== "") return path;
  throw new TypeError("A file is missing");
}
