import { createServer } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { createRestTorrentApp } from "../src/local/resttorrent/app.ts";
import { openRestTorrent, type RestTorrentOptions } from "../src/local/resttorrent/open-rest-torrent.ts";
import type { Answer, Parameters, RestTorrent } from "../src/local/resttorrent/rest-torrent.ts";
import { silentLog } from "../src/log.ts";
import { endServer, listenOnLoopback } from "./loopback.ts";
import { type SmallTorrents, smallTorrents } from "./small-torrents.ts";
import { type TempFolder, tempFolder } from "./temp-folder.ts";

export type RestDoor = AsyncDisposable & {
  rest: RestTorrent;
  /** `http://127.0.0.1:PORT`. */
  url: string;
  /** `downloads` is the jail, `state` what survives. */
  folder: TempFolder;
  torrents: SmallTorrents;
  /** A command as Socket.IO sends it. */
  execute(command: string, parameters?: Parameters): Promise<Answer>;
  /** A new session on a port of its own; its id. */
  session(parameters?: Parameters): Promise<string>;
  /** Ends it as the agent does, and opens it again. */
  restart(): Promise<void>;
};

/** RestTorrent on a real HTTP port, with small torrent clients unless others are given. */
export async function restDoor(given: Partial<RestTorrentOptions> = {}): Promise<RestDoor> {
  const folder = await tempFolder();
  const torrents = smallTorrents();
  const paths = { downloadsFolder: folder.at("downloads"), stateFolder: folder.at("state") };
  const { openClient } = torrents;
  const open = () => openRestTorrent({ ...paths, openClient, allowPrivate: true, log: silentLog, ...given });
  const door = { rest: open() };
  const current: RestTorrent = {
    execute: (command, parameters, signal) => door.rest.execute(command, parameters, signal),
    close: () => door.rest.close(),
  };
  const server = createServer(getRequestListener(createRestTorrentApp(current, silentLog).fetch));
  const url = `http://127.0.0.1:${await listenOnLoopback(server)}`;
  const execute = (command: string, parameters: Parameters = {}) =>
    current.execute(command, parameters, AbortSignal.timeout(20_000));
  return {
    ...{ rest: current, url, folder, torrents, execute },
    async session(parameters = {}) {
      return idIn(await execute("create_session", { port_range: "0,0", ...parameters }));
    },
    async restart() {
      await door.rest.close();
      door.rest = open();
    },
    async [Symbol.asyncDispose]() {
      await door.rest.close();
      await endServer(server);
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** The id in an answer of `create_session`. */
export function idIn(answer: Answer): string {
  const session: unknown = answer.status === "success" ? answer["session"] : null;
  if (typeof session === "object" && session !== null && "id" in session) return String(session.id);
  throw new Error(`No session in ${JSON.stringify(answer)}`);
}

/** The code of a fail; null for a success. */
export const codeIn = (answer: Answer): string | null => (answer.status === "fail" ? answer.error.code : null);
