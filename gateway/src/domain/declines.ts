import type { AgentId, JobId, SourceKind } from "@modfleet/protocol";

const FORGOTTEN_AFTER_MS = 60_000;
const BROKEN_FOR_MS = 600_000;
const KEPT_MAX = 10_000;

/** Who declined what a moment ago, so that it is offered to somebody else first. Forgotten after a minute. */
export interface Declines {
  note(job: JobId, agent: AgentId): void;
  /** Its tool for this kind does not work: no such job is offered to it for ten minutes, so that a person can mend it. */
  noteBroken(agent: AgentId, kind: SourceKind): void;
  /** It comes back, perhaps with other settings. */
  forget(agent: AgentId): void;
  has(job: Wanted, agent: AgentId): boolean;
}

type Wanted = { id: JobId; source: { kind: SourceKind } };

/** In the memory of this process: it may forget, it never lies. */
export function createDeclines(now: () => number): Declines {
  const until = new Map<string, number>();
  const brokenUntil = new Map<string, number>();

  function forgetOld(): void {
    for (const [key, time] of until) {
      if (time > now() && until.size <= KEPT_MAX) return;
      until.delete(key);
    }
  }
  return {
    note(job, agent) {
      forgetOld();
      until.set(`${job} ${agent}`, now() + FORGOTTEN_AFTER_MS);
    },
    noteBroken(agent, kind) {
      brokenUntil.set(`${kind} ${agent}`, now() + BROKEN_FOR_MS);
      for (const [key, time] of brokenUntil) if (time <= now()) brokenUntil.delete(key);
    },
    forget(agent) {
      for (const times of [until, brokenUntil])
        for (const key of times.keys()) if (key.endsWith(` ${agent}`)) times.delete(key);
    },
    has: ({ id, source }, agent) =>
      (until.get(`${id} ${agent}`) ?? 0) > now() || (brokenUntil.get(`${source.kind} ${agent}`) ?? 0) > now(),
  };
}
