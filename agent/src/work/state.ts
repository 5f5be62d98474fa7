import type {
  AgentMessage,
  FailureReport,
  GatewayMessage,
  JobId,
  JobRef,
  Policy,
  SourceKind,
  Welcome,
} from "@modfleet/protocol";
import type { Held, Reported, Unreported } from "./held.ts";
import type { Conditions, OwnLimits } from "./limits.ts";

/** Where a held job is. A job leaves the list only when it was answered and its processes and folder are gone. */
export type Phase =
  /** Read from the journal after a restart; goes on once a gateway has not called it lost. */
  | { kind: "waiting" }
  | { kind: "running" }
  /** Its outcome is in the journal and is said again until `settled` or `lost`. */
  | { kind: "reporting"; saidAt: number | null }
  /** The runner was told to stop. `report` is what is said once everything of it has ended. */
  | { kind: "stopping"; report: FailureReport | null };

export type Run = Readonly<{
  held: Held;
  /** From 0, while a runner works for it or is being stopped; no two runs have the same. */
  slot: number | null;
  phase: Phase;
  bytes: number;
  total: number | null;
  /** When the newest beat that the gateway answered was said; the lease is sure from there for `leaseMs`. */
  confirmedAt: number;
}>;

/** Everything the agent decides on. Plain data: `step` makes the next one. */
export type WorkState = Readonly<{
  slots: number;
  engines: readonly SourceKind[];
  limits: OwnLimits;
  /** What the gateway allows; null before the first welcome. */
  policy: Policy | null;
  leaseMs: number;
  /** Null while there is no welcomed session. */
  link: Link | null;
  /** Nothing new is taken any more; what runs may go on until then. */
  drainUntil: number | null;
  runs: readonly Run[];
  /** The highest epoch seen of a job, oldest first: an offer at or below it is an echo and changes nothing. */
  seen: ReadonlyMap<JobId, number>;
}>;

export type Link = Readonly<{
  /** Free slots as the gateway believes them to be; null when a decline made that doubtful. */
  credit: number | null;
  /** When the free slots were said last. */
  readyAt: number;
  /** When the beats were said that are not answered yet, oldest first. */
  beats: readonly number[];
}>;

export type WorkEvent =
  | { type: "welcomed"; welcome: Welcome }
  | { type: "gone" }
  | { type: "heard"; message: GatewayMessage }
  | { type: "beat" }
  | { type: "progressed"; ref: JobRef; bytes: number; total: number | null }
  /** A stage is done. */
  | { type: "advanced"; held: Unreported }
  /** The runner ended by itself with an outcome to report. */
  | { type: "reported"; held: Reported }
  /** The runner ended because the job was taken away (410) or it was told to stop. */
  | { type: "ended"; ref: JobRef }
  /** The journal could not take a job that was just accepted: without it the job must not start. */
  | { type: "unrecorded"; ref: JobRef }
  | { type: "drain"; withinMs: number }
  /** The time to drain is over: what still runs is handed back. */
  | { type: "drain_over" };

/** What the shell does, in this order. `record` is durable before the next effect. */
export type Effect =
  | { do: "say"; message: AgentMessage }
  /** `isNew`: nothing after this effect happens when the journal cannot take it. */
  | { do: "record"; held: Held; isNew: boolean }
  /** Never again: the journal keeps the epoch only. */
  | { do: "forget"; ref: JobRef }
  | { do: "start"; held: Unreported; slot: number }
  | { do: "stop"; ref: JobRef }
  /** Removes the job's folder, or keeps what was fetched for this agent's next try. */
  | { do: "clean"; ref: JobRef; keep: boolean };

/** The world at the moment of an event. */
export type Moment = Readonly<{ now: number } & Conditions>;
export type Stepped = Readonly<{ state: WorkState; effects: readonly Effect[] }>;
