import type { EngineLog } from "../../options.ts";
import type { CheckQueue } from "./check-queue.ts";
import type { EmbeddedLimits } from "./limits.ts";
import type { Listening } from "./listen.ts";
import type { Reach } from "./reach.ts";
import type { TorrentStates } from "./states.ts";

/** What all torrents of one client share. */
export type Context = Pick<Listening, "client" | "WebConnection"> & {
  port: number;
  first: "tcp" | "utp";
  reach: Reach;
  states: TorrentStates;
  checks: CheckQueue;
  limits: EmbeddedLimits;
  log: EngineLog;
};
