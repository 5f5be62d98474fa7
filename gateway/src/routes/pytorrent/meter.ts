import type { Counters, Deps } from "../../deps.ts";
import type { EventKind } from "../../domain/statistics.ts";
import type { AppContext } from "../app-env.ts";

export type MeterDeps = Pick<Deps, "now"> & { counters: Pick<Counters, "count" | "took"> };

/** What PyTorrent counted of one request for a file. */
export type Meter = {
  count(kind: EventKind): void;
  /** The answer is ready, with a file or without. */
  answered(how: "ok" | "error"): void;
};

const SILENT: Meter = { count: () => {}, answered: () => {} };

/** Counts a request for the door and measures it from now on. HEAD only looks: nothing of it is counted. */
export function startMeter(c: AppContext, { counters, now }: MeterDeps, door: "local" | "steam"): Meter {
  if (c.req.method === "HEAD") return SILENT;
  const startedAt = now();
  counters.count(door === "steam" ? "/download/steam/" : "/download/");
  return {
    count: (kind) => counters.count(kind),
    answered: (how) => counters.took(`download_${door}_${how}`, startedAt),
  };
}

/** Whether the client has the archive now, or had it already. A refused range or condition is not timed. */
export function isServed({ ok, status }: Response): boolean {
  return ok || status === 304;
}
