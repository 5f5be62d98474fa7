import type { Log } from "../log.ts";
import { type Conditions, closedBecause, type DeclineReason, limitText, type OwnLimits } from "./limits.ts";

const SENTENCES: Partial<Record<DeclineReason, string>> = {
  hours: "outside the allowed hours",
  month_limit: "this month's bytes are used up",
  disk: "too little free disk space",
};

/** Says in the log when the agent's own limits begin to keep it from every job, and when that ends; nothing in between. */
export function createClosedLog({ limits, log }: { limits: OwnLimits; log: Log }): (at: Conditions) => void {
  let known: DeclineReason | null = null;
  return (at) => {
    const closed = closedBecause(limits, at);
    if (closed === known) return;
    known = closed;
    if (closed === null) {
      log.info("Takes jobs again");
      return;
    }
    const figure = limitText(limits, closed);
    log.info(`Takes nothing: ${SENTENCES[closed] ?? closed}${figure === null ? "" : ` (${figure})`}`, {
      reason: closed,
    });
  };
}
