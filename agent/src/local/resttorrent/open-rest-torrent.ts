import { deadline } from "../../engine/deadline.ts";
import { TorrentError } from "../../engine/torrent/client.ts";
import type { Log } from "../../log.ts";
import { COMMANDS, type CommandContext, torrentNotFound } from "./commands.ts";
import type { OpenClient } from "./open-session.ts";
import { type Answer, type Parameters, RestError, type RestTorrent } from "./rest-torrent.ts";
import { openSessionRecords } from "./session-records.ts";
import { Sessions } from "./sessions.ts";

export type RestTorrentOptions = {
  /** Absolute: where `save_path` begins, and what it cannot leave. Made when it is missing. */
  downloadsFolder: string;
  /** Absolute, this door's own: sessions that survive a restart. */
  stateFolder: string;
  openClient: OpenClient;
  /** Lets `url` lead to loopback and private networks (tests, LAN). */
  allowPrivate: boolean;
  log: Log;
};

/** Whoever waits longer hears that it did not work; what was begun may still come about. */
const COMMAND_MS = 60_000;

/** Opens RestTorrent and begins to bring back the sessions that are kept. Throws when its state folder cannot be used. */
export function openRestTorrent({
  downloadsFolder,
  stateFolder,
  openClient,
  ...options
}: RestTorrentOptions): RestTorrent {
  const { allowPrivate, log } = options;
  const records = openSessionRecords(stateFolder, log);
  const sessions = new Sessions({ records, stateFolder, openClient, log });
  const context: CommandContext = { sessions, downloadsFolder, allowPrivate };
  return {
    async execute(name, parameters, signal) {
      using limit = deadline(signal, COMMAND_MS);
      try {
        return { status: "success", ...(await run(name, parameters, { context, signal: limit.signal })) };
      } catch (error) {
        return toFail(error, log);
      }
    },
    close: () => sessions.close(),
  };
}

function run(
  name: string,
  parameters: Parameters,
  { context, signal }: { context: CommandContext; signal: AbortSignal },
) {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command !== undefined) return command(context, parameters, signal);
  throw new RestError("command.unknown", `There is no such command: send one of ${Object.keys(COMMANDS).join(", ")}`);
}

/** What nobody foresaw goes to the log, not to the client. */
function toFail(error: unknown, log: Log): Answer {
  const { code, message } = toRefusal(error, log);
  const failed = { status: "fail", error: { code, message } } as const;
  return code === "session.bind" ? { ...failed, message } : failed;
}

function toRefusal(error: unknown, log: Log): RestError {
  if (error instanceof RestError) return error;
  if (error instanceof TorrentError) return ofTorrent(error);
  if (isOfDisk(error)) {
    return new RestError("disk.failed", `The disk refused, free some space or change its rights: ${error.message}`);
  }
  if (error instanceof Error && (error.name === "TimeoutError" || error.name === "AbortError")) {
    return new RestError("agent.busy", "This took too long: look with get_torrent_list, then try again");
  }
  log.error("RestTorrent failed", { cause: error });
  return new RestError("agent.failed", "Something went wrong: the agent's log says what");
}

function ofTorrent({ problem, message }: TorrentError): RestError {
  switch (problem) {
    case "invalid":
    case "too_large":
      return new RestError("upload.invalid", `${message}: send another torrent file or magnet link`);
    case "not_found":
      return torrentNotFound();
    case "disk":
      return new RestError("disk.failed", `The disk refused, free some space or change its rights: ${message}`);
    case "unreachable":
      return new RestError("agent.failed", `The torrent client does not answer, try again: ${message}`);
  }
}

function isOfDisk(error: unknown): error is Error {
  return error instanceof Error && "syscall" in error && "code" in error && /^E[A-Z]+$/.test(String(error.code));
}
