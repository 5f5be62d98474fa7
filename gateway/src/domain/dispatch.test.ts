import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AGENT_A, AGENT_B, aQueuedJob, jobId } from "../../test/jobs.ts";
import type { Connected } from "./agent.ts";
import { type DispatchInput, planDispatch } from "./dispatch.ts";
import { newNetwork } from "./manners.ts";

const RUNS = { burst: 30, everyMs: 10_000 };

function anAgent(changes: Partial<Connected> = {}): Connected {
  return {
    agent: AGENT_A,
    name: "a",
    network: "192.0.2.1",
    engines: ["workshop"],
    freeSlots: 2,
    slots: 2,
    freeBytes: 1e12,
    draining: false,
    connectedAt: 0,
    ...changes,
  };
}

function plan(input: Partial<DispatchInput>): ReturnType<typeof planDispatch> {
  return planDispatch({
    jobs: [aQueuedJob()],
    agents: [anAgent()],
    networks: new Map(),
    now: 5_000,
    declined: () => false,
    random: () => 0.5,
    ...input,
  });
}

const jobs = (count: number) => Array.from({ length: count }, (_, n) => aQueuedJob({ id: jobId(n) }));
const failure = (code: "agent_lost" | "steam_timeout" | "rate_limited") =>
  ({ code, detail: "", agent: AGENT_A, network: "192.0.2.1", at: 4_000 }) as const;
const other = anAgent({ agent: AGENT_B, network: "192.0.2.2" });

describe("planDispatch()", () => {
  test("never gives an agent more than its free slots", () => {
    fc.assert(
      fc.property(fc.nat({ max: 40 }), fc.array(fc.nat({ max: 4 }), { maxLength: 6 }), (count, slots) => {
        const agents = slots.map((freeSlots, n) =>
          anAgent({ agent: `agt_${String(n).padStart(20, "0")}`, freeSlots, slots: 4 }),
        );
        const given = plan({ jobs: jobs(count), agents });
        const perAgent = agents.map(
          ({ agent, freeSlots }) => given.filter((one) => one.agent === agent).length <= freeSlots,
        );
        const total = slots.reduce((sum, free) => sum + free, 0);

        expect(perAgent).not.toContain(false);
        expect(given).toHaveLength(Math.min(count, total));
        expect(new Set(given.map((one) => one.job.id)).size).toBe(given.length);
      }),
    );
  });

  test("spends one run of the address for each SteamCMD job and stops when they are used up", () => {
    const networks = new Map([["192.0.2.1", { ...newNetwork(RUNS, 5_000), tokens: 1.5 }]]);

    const given = plan({ jobs: jobs(2), networks });

    expect(given.map((one) => one.run?.tokens)).toEqual([0.5]);
  });

  test("legacy items need no run", () => {
    const source = { kind: "workshop", app: 550, item: "1", fileUrl: "https://example.org/x" } as const;
    const networks = new Map([["192.0.2.1", { ...newNetwork(RUNS, 5_000), tokens: 0 }]]);

    expect(plan({ jobs: [aQueuedJob({ source })], networks })).toMatchObject([{ run: null }]);
  });

  test.each([
    ["draining", { draining: true }],
    ["without the engine", { engines: ["http" as const] }],
    ["without room on the disk", { freeBytes: 2_999 }],
  ])("skips an agent %s", (_, changes) => {
    expect(plan({ agents: [anAgent(changes)] })).toEqual([]);
  });

  test("two jobs that fit one by one but not together are not given at once", () => {
    expect(plan({ jobs: jobs(2), agents: [anAgent({ freeBytes: 5_000 })] })).toHaveLength(1);
  });

  test("prefers another agent than the one that failed, even while that one is busy", () => {
    const job = aQueuedJob({ failure: failure("agent_lost"), notBefore: 4_000 });

    expect(plan({ jobs: [job], agents: [anAgent(), other] })).toMatchObject([{ agent: AGENT_B }]);
    expect(plan({ jobs: [job], agents: [anAgent(), { ...other, freeSlots: 0 }] })).toEqual([]);
  });

  test("takes the one that failed when nobody else can, or after two minutes", () => {
    const job = aQueuedJob({ failure: failure("agent_lost"), notBefore: 4_000 });

    expect(plan({ jobs: [job] })).toMatchObject([{ agent: AGENT_A }]);
    expect(plan({ jobs: [job], agents: [anAgent(), { ...other, freeSlots: 0 }], now: 200_000 })).toMatchObject([
      { agent: AGENT_A },
    ]);
  });

  test("a resumable failure goes back to the same agent", () => {
    const job = aQueuedJob({ failure: failure("steam_timeout"), notBefore: 4_000 });

    expect(plan({ jobs: [job], agents: [other, anAgent()] })).toMatchObject([{ agent: AGENT_A }]);
  });

  test("a throttle goes to another address, not only to another agent", () => {
    const job = aQueuedJob({ failure: failure("rate_limited"), notBefore: 4_000 });
    const neighbour = anAgent({ agent: AGENT_B });

    expect(plan({ jobs: [job], agents: [neighbour, { ...other, agent: jobId(9) }] })).toMatchObject([
      { network: "192.0.2.2" },
    ]);
  });

  test("does not offer to somebody who just declined", () => {
    expect(plan({ declined: (_, agent) => agent === AGENT_A })).toEqual([]);
  });

  test("spreads over the agent with the larger share of free slots", () => {
    expect(plan({ agents: [anAgent({ freeSlots: 1 }), { ...other, freeSlots: 2 }] })).toMatchObject([
      { agent: AGENT_B },
    ]);
  });
});
