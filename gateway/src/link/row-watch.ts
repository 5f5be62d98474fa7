import type { Deps } from "../deps.ts";
import type { Hub } from "./hub.ts";

/** Another process may revoke or trust an agent: its row is the truth, so connected agents' rows are read again. */
const STATUS_EVERY_MS = 5_000;
const SEEN_EVERY_MS = 30_000;

/** Keeps rows and sockets in step: statuses come in, the time an agent was last heard goes out. */
export function createRowWatch(
  { agents, log, now }: Pick<Deps, "agents" | "log" | "now">,
  fleet: Pick<Hub, "connected" | "applyStatuses" | "takeHeard">,
): { look(): Promise<void> } {
  let statusAt = now();
  let seenAt = statusAt;
  let isLooking = false;

  async function exchange(time: number): Promise<void> {
    // Also when the clock was set back.
    if (Math.abs(time - statusAt) >= STATUS_EVERY_MS) {
      statusAt = time;
      const ids = fleet.connected().map(({ agent }) => agent);
      if (ids.length > 0) fleet.applyStatuses(await agents.statuses(ids));
    }
    if (Math.abs(time - seenAt) < SEEN_EVERY_MS) return;
    const heard = fleet.takeHeard(seenAt);
    seenAt = time;
    if (heard.length > 0) await agents.touch(heard, time);
  }

  return {
    /** Never throws, and does nothing while the look before is under way. */
    async look() {
      if (isLooking) return;
      isLooking = true;
      try {
        await exchange(now());
      } catch (error) {
        log.error("The agents' rows could not be read again", { error });
      } finally {
        isLooking = false;
      }
    },
  };
}
