import type { JobId } from "@modfleet/protocol";
import type { Bell, Bells } from "../deps.ts";
import type { Log } from "../log.ts";

/** Doorbells of this process. A listener that throws is logged and neither stops the ringer nor the other listeners. */
export function createBells({ log }: { log: Log }): Bells {
  const [dispatch, verify, pages] = [createBell<void>(log), createBell<void>(log), createBell<void>(log)];
  return { dispatch, verify, pages, job: createBell<JobId>(log) };
}

function createBell<Value>(log: Log): Bell<Value> {
  const listeners = new Set<{ hear: (value: Value) => void }>();
  return {
    ring(value) {
      for (const listener of [...listeners]) {
        try {
          listener.hear(value);
        } catch (error) {
          log.error("A listener of a doorbell failed", { error });
        }
      }
    },
    listen(hear) {
      // Wrapped, so that one function listening twice is two listeners.
      const listener = { hear };
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}
