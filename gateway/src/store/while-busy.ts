import { setTimeout as sleep } from "node:timers/promises";
import { isBusy } from "./database.ts";

const WAIT_MAX_MS = 50;

/** Repeats `run` while another transaction is in its way, for `patienceMs` at most, without blocking the event loop. */
export async function whileBusy<Value>(run: () => Value | Promise<Value>, patienceMs: number): Promise<Value> {
  let deadline: AbortSignal | null = null;
  for (let waitMs = 1; ; waitMs = Math.min(waitMs * 2, WAIT_MAX_MS)) {
    try {
      return await run();
    } catch (error) {
      deadline ??= AbortSignal.timeout(patienceMs);
      if (!isBusy(error) || deadline.aborted) throw error;
    }
    await sleep(waitMs);
  }
}
