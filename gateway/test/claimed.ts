import { changeJob } from "../src/actions/change-job.ts";
import type { Job } from "../src/domain/job.ts";
import type { NewJob } from "../src/store/jobs.ts";
import type { JobWorld } from "./job-deps.ts";
import { AGENT_A, aNewJob, aResult } from "./jobs.ts";

/** A job that the first agent holds under epoch 1, as a row. */
export async function aClaimedJob({ deps }: Pick<JobWorld, "deps">, changes: Partial<NewJob> = {}): Promise<Job> {
  const { job } = await deps.jobs.insertOrJoin(aNewJob(changes));
  await changeJob(deps, job.id, { event: { type: "claimed", agent: AGENT_A, network: "192.0.2.1" } });
  const changed = await changeJob(deps, job.id, { event: { type: "accepted", agent: AGENT_A, epoch: 1 } });
  if (!changed.ok) throw new Error(changed.why);
  return changed.after;
}

/** The upload of `aResult()`, complete. */
export async function aCompleteUpload({ deps }: Pick<JobWorld, "deps">, job: Job): Promise<void> {
  const { upload, bytes, sha256 } = aResult();
  const row = { id: upload, job: job.id, epoch: 1, agent: AGENT_A, bytes, sha256, partBytes: 8_388_608 };
  await deps.uploads.insertOrFind({ ...row, state: "open", createdAt: deps.now() });
  await deps.uploads.complete(upload);
}
