import type { AgentId, Finished, GatewayMessage, JobRef, LostReason } from "@modfleet/protocol";
import type { Deps } from "../deps.ts";
import type { Result } from "../domain/job.ts";
import { changeJob } from "./change-job.ts";

type FinishDeps = Pick<Deps, "jobs" | "uploads" | "now" | "limits" | "bells" | "random">;
type Delivery = { agent: AgentId; network: string; message: Finished };

/**
 * An agent delivered. `settled` is final (P3) and said again for ever to the same (job, epoch, agent); a result of an
 * older epoch, or one whose bytes did not arrive, is `lost`.
 */
export async function finishJob(deps: FinishDeps, { agent, network, message }: Delivery): Promise<GatewayMessage> {
  const { job, epoch } = message;
  const answered = await answerOnRecord(deps, agent, message);
  if (answered !== null) return answered;

  const fault = await uploadFault(deps, message);
  if (fault !== null) {
    const failure = { code: "hash_mismatch", detail: fault } as const;
    const event = { type: "failed", agent, epoch, network, failure, confirmed: false, random: deps.random() } as const;
    await changeJob(deps, job, { event });
    return lost(message, fault);
  }
  const result = toResult(message, { agent, network, receivedAt: deps.now() });
  const changed = await changeJob(deps, job, {
    event: { type: "finished", result },
    also: () => [deps.jobs.recordResult(job, result)],
  });
  if (changed.ok) return settled(message);
  return (await answerOnRecord(deps, agent, message)) ?? lost(message, changed.job === null ? "unknown_job" : "stale");
}

const settled = ({ job, epoch }: JobRef): GatewayMessage => ({ type: "settled", job, epoch });
const lost = ({ job, epoch }: JobRef, why: LostReason): GatewayMessage => ({ type: "lost", job, epoch, why });

async function answerOnRecord(
  { jobs }: Pick<Deps, "jobs">,
  agent: AgentId,
  message: JobRef,
): Promise<GatewayMessage | null> {
  const verdict = await jobs.verdict(message.job, message.epoch, agent);
  if (verdict === null) return null;
  return verdict === "rejected" ? lost(message, "stale") : settled(message);
}

async function uploadFault({ uploads }: Pick<Deps, "uploads">, message: Finished): Promise<LostReason | null> {
  const upload = await uploads.find(message.upload);
  if (upload === null || upload.job !== message.job || upload.epoch !== message.epoch) return "upload_missing";
  if (upload.state !== "complete") return "upload_missing";
  return upload.sha256 === message.sha256 && upload.bytes === message.bytes ? null : "upload_differs";
}

function toResult(message: Finished, who: { agent: AgentId; network: string; receivedAt: number }): Result {
  const { epoch, upload, sha256, bytes, tree, fetched } = message;
  return { ...who, epoch, upload, sha256, bytes, tree, fetched };
}
