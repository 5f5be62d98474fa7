import { randomUUID } from "node:crypto";
import type { Config } from "../config.ts";
import type { Log } from "../log.ts";
import { startDaemon } from "../watch/daemon.ts";
import { readWatchFile } from "../watch/watch-file.ts";
import { type CommandContext, CommandError } from "./context.ts";

/** Watches what `MODFLEET_WATCH` names until it is disposed of; without the variable there is nothing to do. */
export function watchServers(
  { watchFile }: Pick<Config, "watchFile">,
  { now }: Pick<CommandContext, "now">,
  log: Log,
): AsyncDisposable {
  if (watchFile === null) return { [Symbol.asyncDispose]: async () => undefined };
  const read = readWatchFile(watchFile);
  if (read.ok) return startDaemon(read.file, { now, newId: () => `msg_${randomUUID()}`, log });
  // Who starts with a wrong file hears so with everything else that is wrong; this one became wrong since.
  throw new CommandError(`Cannot watch as ${watchFile} says: ${read.problems.join("; ")}`, { exitCode: 2 });
}
