import { randomUUID } from "node:crypto";
import type { Config } from "../config.ts";
import type { Log } from "../log.ts";
import { startDaemon } from "../watch/daemon.ts";
import { type CommandContext, CommandError } from "./context.ts";

/** Watches what `MODFLEET_WATCH` names until it is disposed of; without the variable there is nothing to do. */
export function watchServers(
  { watchFile }: Pick<Config, "watchFile">,
  { now }: Pick<CommandContext, "now">,
  log: Log,
): AsyncDisposable {
  if (watchFile === null) return { [Symbol.asyncDispose]: async () => undefined };
  try {
    return startDaemon(watchFile, { now, newId: () => `msg_${randomUUID()}`, log });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CommandError(`Cannot watch as MODFLEET_WATCH says (${watchFile}): ${reason}`, { exitCode: 2, cause });
  }
}
