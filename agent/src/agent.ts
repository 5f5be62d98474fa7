import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { LIMITS, type Limits, type Secret } from "@modfleet/protocol";
import type { Beside, Engine } from "./engine/engine.ts";
import type { Ended } from "./link/end-reason.ts";
import { enrolledSession } from "./link/enrolled-session.ts";
import { openIdentity } from "./link/identity.ts";
import { type KeepConnectedOptions, keepConnected } from "./link/keep-connected.ts";
import type { Log } from "./log.ts";
import { type LastEnd, type LinkStatus, type Status, toStatus } from "./status.ts";
import { type Journal, openJournal } from "./work/journal.ts";
import type { OwnLimits } from "./work/limits.ts";
import { type MonthCounter, openMonthCounter } from "./work/month.ts";
import type { Tools } from "./work/runner.ts";
import { createScratch } from "./work/scratch.ts";
import { createWork, type Work } from "./work/work.ts";

export type AgentOptions = Pick<Tools, "pack" | "upload"> & {
  /** Origin. */
  gateway: string;
  invite: Secret | null;
  dataFolder: string;
  name: string;
  slots: number;
  limits: OwnLimits;
  engines: readonly Engine[];
  version: string;
  platform: string;
  now: () => number;
  random: () => number;
  /** Resolves after `ms`, or at once when the signal fires. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Free bytes of the disk that holds the data. */
  freeBytes: () => number;
  log: Log;
  timing?: Limits;
};

export interface Agent {
  /** Settles when the agent has stopped, all its processes with it. The end says why. */
  readonly ended: Promise<Ended>;
  /**
   * Takes nothing more, finishes within the time or hands back, then stops; at the latest `answersMs` after that time. A later
   * call can only shorten it.
   */
  drain(withinMs: number, answersMs?: number): void;
  status(): Status;
}

/** For tools to end and the gateway to answer what was handed back; the journal says it again at the next start. */
const LAST_ANSWERS_MS = 8_000;

/** The agent's life: remember, connect, work, drain. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const { dataFolder, log, now, timing = LIMITS } = options;
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  const identity = openIdentity(dataFolder);
  const { journal, remembered, damaged } = openJournal(join(dataFolder, "journal.jsonl"));
  if (damaged > 0) log.warn("Lines of the journal could not be read", { damaged });
  const scratch = createScratch(join(dataFolder, "scratch"));
  await scratch.sweep(remembered.held, now());
  const month = openMonthCounter(join(dataFolder, "month.json"));
  const work = createWork({ ...options, journal, remembered, scratch, month });
  for (const engine of options.engines) engine.start?.(besideOf(options, month));

  const stop = new AbortController();
  const watch = createWatch(options);
  const peer = { ...work, ...watch.around(work) };
  const runSession = enrolledSession({ ...options, identity, peer, limits: timing });
  const linked = { ...options, runSession, onEnd: watch.ended, signal: stop.signal, limits: timing };
  // A drain can also begin with a word of the gateway.
  void work.drained.then(() => stop.abort());

  return {
    ended: untilEnd(linked, { work, journal }),
    drain: (withinMs, answersMs = LAST_ANSWERS_MS) => {
      work.drain(withinMs);
      void options.sleep(withinMs + answersMs, stop.signal).then(() => stop.abort());
    },
    status: () => {
      const agent = identity.agentAt(options.gateway);
      return toStatus({ ...pickStatus(options), ...watch.seen(), agent, work: work.snapshot() });
    },
  };
}

/** What engines do beside the jobs counts as the volunteer's bytes, too, and keeps to their limits. */
function besideOf({ limits, freeBytes, now }: AgentOptions, month: MonthCounter): Beside {
  return {
    onMoved: (bytes) => month.add(bytes, now()),
    mayMove: () => limits.monthBytesMax === null || month.bytes(now()) < limits.monthBytesMax,
    isShortOfRoom: () => freeBytes() < limits.freeBytesMin,
  };
}

async function untilEnd(
  linked: KeepConnectedOptions,
  { work, journal }: { work: Work; journal: Journal },
): Promise<Ended> {
  try {
    return await keepConnected(linked);
  } finally {
    await work.close();
    journal.close();
  }
}

const pickStatus = ({ gateway, name, limits, version }: AgentOptions) => ({ gateway, name, limits, version });

/** Remembers how the link is, for the status and the log. */
function createWatch({ now, log, gateway }: Pick<AgentOptions, "now" | "log" | "gateway">) {
  let link: LinkStatus = { state: "connecting", retryAt: null };
  let lastEnd: LastEnd | null = null;
  return {
    seen: () => ({ link, lastEnd }),
    around: (work: Work): Pick<Work, "welcomed" | "gone"> => ({
      welcomed: (welcome, say) => {
        link = { state: "connected", since: now() };
        log.info("Connected", {
          gateway,
          session: welcome.session,
          keep: welcome.keep.length,
          lost: welcome.lost.length,
        });
        work.welcomed(welcome, say);
      },
      gone: () => {
        link = { state: "connecting", retryAt: null };
        work.gone();
      },
    }),
    ended: ({ reason, detail }: Ended, waitMs: number | null): void => {
      lastEnd = { reason, detail, at: now() };
      link = waitMs === null ? { state: "stopped" } : { state: "connecting", retryAt: now() + waitMs };
      log.warn("Not connected", { gateway, reason, detail, waitMs: waitMs === null ? null : Math.round(waitMs) });
    },
  };
}
