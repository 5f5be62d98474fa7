import type { Session } from "./open-session.ts";
import { deleteDataIn, flagIn, portsIn, requiredText } from "./parameters.ts";
import { type Parameters, RestError } from "./rest-torrent.ts";
import type { Sessions } from "./sessions.ts";
import { toTorrentView } from "./torrent-view.ts";
import { uploadTorrent } from "./upload.ts";

export type CommandContext = {
  sessions: Sessions;
  downloadsFolder: string;
  allowPrivate: boolean;
};

/** What stands behind `"status":"success"`, in its order. */
export type Success = Readonly<Record<string, unknown>>;

type Command = (context: CommandContext, parameters: Parameters, signal: AbortSignal) => Promise<Success>;

/** Every command by its name on Socket.IO. They throw `RestError` and whatever disks, torrent clients and signals throw. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  get_session_list: async ({ sessions }) => ({ sessions: (await sessions.list()).map(toSessionView) }),
  create_session: async ({ sessions }, parameters) => {
    const isKept = !flagIn(parameters, "memory_only", true);
    return { session: toSessionView(await sessions.create(portsIn(parameters), isKept)) };
  },
  get_session: async ({ sessions }, parameters) => toSessionView(await sessions.find(sessionIdIn(parameters))),
  delete_session: async ({ sessions }, parameters) => {
    await sessions.delete(sessionIdIn(parameters));
    return {};
  },
  upload_torrent: inSession(async (session, { downloadsFolder, allowPrivate, parameters, signal }) => {
    const added = await uploadTorrent(session, parameters, { downloadsFolder, allowPrivate, signal });
    return toTorrentView(added, session.told);
  }),
  get_torrent_list: inSession(async ({ client, told }, { signal }) => {
    const torrents = await client.list(signal);
    return { torrents: torrents.map((torrent) => toTorrentView(torrent, told)) };
  }),
  get_torrent: inSession(async ({ client, told }, { parameters, signal }) => {
    const torrent = await client.get(infoHashIn(parameters), signal);
    if (torrent === null) throw torrentNotFound();
    return toTorrentView(torrent, told);
  }),
  delete_torrent: inSession(async ({ client, told }, { parameters, signal }) => {
    const infoHash = infoHashIn(parameters);
    await client.remove(infoHash, { deleteData: deleteDataIn(parameters) }, signal);
    told.forget(infoHash);
    return {};
  }),
  pause_torrent: inSession(async ({ client }, { parameters, signal }) => {
    await client.pause(infoHashIn(parameters), signal);
    return {};
  }),
  resume_torrent: inSession(async ({ client }, { parameters, signal }) => {
    await client.resume(infoHashIn(parameters), signal);
    return {};
  }),
};

type InSession = CommandContext & { parameters: Parameters; signal: AbortSignal };

/** A command of one session; it ends with the session. */
function inSession(run: (session: Session, call: InSession) => Promise<Success>): Command {
  return async (context, parameters, signal) => {
    const session = await context.sessions.find(sessionIdIn(parameters));
    const until = AbortSignal.any([signal, session.ending.signal]);
    return run(session, { ...context, parameters, signal: until });
  };
}

const toSessionView = ({ id, client }: Session) => ({ id, port: client.port });

const sessionIdIn = (parameters: Parameters): string =>
  requiredText(parameters, "session_id", "the id that create_session answered");

function infoHashIn(parameters: Parameters): string {
  const infoHash = requiredText(parameters, "info_hash", "the one that upload_torrent answered").toLowerCase();
  if (!/^[0-9a-f]{40}$/.test(infoHash)) throw torrentNotFound();
  return infoHash;
}

/** What a torrent client says of a torrent that it does not know is told in the same words. */
export const torrentNotFound = (): RestError =>
  new RestError("torrent.notfound", "This session has no torrent with this info_hash: list them with get_torrent_list");
