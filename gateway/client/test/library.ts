import { onTestFinished } from "vitest";
import { baseOf } from "../../src/domain/advance.ts";
import type { Job } from "../../src/domain/job.ts";
import { type TestGateway, testGateway } from "../../test/harness.ts";
import { anItem } from "../../test/items.ts";
import { aConnected } from "../../test/job-deps.ts";
import { aResult } from "../../test/jobs.ts";

export const ITEM = anItem();
/** An id that neither the library nor Steam knows. */
export const NOBODY = "2925604173";

/** A gateway behind a real socket; Steam knows `ITEM`, and an agent is connected. It goes away with the test. */
export async function library(): Promise<{ gateway: TestGateway; url: string }> {
  const gateway = await testGateway();
  const server = await gateway.serve();
  onTestFinished(async () => {
    await server.close();
    await gateway[Symbol.asyncDispose]();
  });
  gateway.answers.set(ITEM.id, { kind: "found", item: ITEM });
  gateway.connected.push(aConnected());
  return { gateway, url: server.url };
}

/** Puts the newest job for a mod into another state, as an agent's work would, and rings. */
export async function moveJob(
  { deps }: TestGateway,
  mod: string,
  state: "leased" | "done" | "failed" | "cancelled",
): Promise<void> {
  const job = await deps.jobs.latestFor(mod);
  if (job === null) throw new Error(`No job for ${mod}`);
  if (!(await deps.jobs.replace(job, moved(job, state)))) throw new Error(`Could not move ${job.id}`);
  deps.bells.job.ring(job.id);
}

function moved(job: Job, state: "leased" | "done" | "failed" | "cancelled"): Job {
  const base = baseOf(job);
  const finishedAt = job.requestedAt + 1;
  switch (state) {
    case "leased": {
      const holder = { agent: aResult().agent, network: "192.0.2.1" };
      const lease = { ...holder, until: 2e12, deadlineAt: 2e12, stage: "downloading", bytes: 10, total: 40 } as const;
      return { ...base, epoch: job.epoch + 1, state, lease };
    }
    case "done":
      return { ...base, state, result: aResult(), finishedAt };
    case "failed": {
      const failure = { code: "needs_owner", detail: "", agent: null, network: null, at: finishedAt } as const;
      return { ...base, state, failure, retryAt: null, finishedAt };
    }
    case "cancelled":
      return { ...base, state, finishedAt };
  }
}

/** What a promise was rejected with. */
export async function thrownBy(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}
