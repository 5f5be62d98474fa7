import type { EngineLog } from "./engine/options.ts";
import type { Log } from "./log.ts";

/** The agent's log as engines use it. */
export const engineLogOf = (log: Log): EngineLog => ({
  info: (detail, message) => log.info(message, { ...detail }),
  warn: (detail, message) => log.warn(message, { ...detail }),
});
