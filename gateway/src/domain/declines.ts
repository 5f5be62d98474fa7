import type { AgentId, JobId } from "@modfleet/protocol";

const FORGOTTEN_AFTER_MS = 60_000;
const KEPT_MAX = 10_000;

/** Who declined what a moment ago, so that it is offered to somebody else first. A hint: it may forget, it never lies. */
export function createDeclines(now: () => number): {
  note(job: JobId, agent: AgentId): void;
  has(job: JobId, agent: AgentId): boolean;
} {
  const until = new Map<string, number>();

  function forget(): void {
    for (const [key, time] of until) {
      if (time > now() && until.size <= KEPT_MAX) return;
      until.delete(key);
    }
  }
  return {
    note(job, agent) {
      forget();
      until.set(`${job} ${agent}`, now() + FORGOTTEN_AFTER_MS);
    },
    has: (job, agent) => (until.get(`${job} ${agent}`) ?? 0) > now(),
  };
}
