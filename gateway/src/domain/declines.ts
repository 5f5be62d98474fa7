import type { AgentId, JobId } from "@modfleet/protocol";

const FORGOTTEN_AFTER_MS = 60_000;
const BROKEN_FOR_MS = 600_000;
const KEPT_MAX = 10_000;

/** Who declined what a moment ago, so that it is offered to somebody else first. Forgotten after a minute. */
export interface Declines {
  note(job: JobId, agent: AgentId): void;
  /** Its tool does not work: nothing is offered to it for ten minutes, so that a person can mend it. */
  noteBroken(agent: AgentId): void;
  /** It comes back, perhaps with other settings. */
  forget(agent: AgentId): void;
  has(job: JobId, agent: AgentId): boolean;
}

/** In the memory of this process: it may forget, it never lies. */
export function createDeclines(now: () => number): Declines {
  const until = new Map<string, number>();
  const brokenUntil = new Map<AgentId, number>();

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
    noteBroken(agent) {
      brokenUntil.set(agent, now() + BROKEN_FOR_MS);
      for (const [id, time] of brokenUntil) if (time <= now()) brokenUntil.delete(id);
    },
    forget(agent) {
      brokenUntil.delete(agent);
      for (const key of until.keys()) if (key.endsWith(` ${agent}`)) until.delete(key);
    },
    has: (job, agent) => (until.get(`${job} ${agent}`) ?? 0) > now() || (brokenUntil.get(agent) ?? 0) > now(),
  };
}
