import type { AgentId, Decline, Failed, Finished, GatewayMessage, JobRef, Progress } from "@modfleet/protocol";
import type { z } from "zod";
import { acceptOffer } from "../actions/accept-offer.ts";
import { recordBeat } from "../actions/beat.ts";
import { declineOffer } from "../actions/decline-offer.ts";
import { failJob } from "../actions/fail-job.ts";
import { finishJob } from "../actions/finish-job.ts";
import { holdJobs } from "../actions/hold-jobs.ts";
import type { Deps } from "../deps.ts";

/** Who says it: taken from the socket, never from the message. */
export type Speaker = { agent: AgentId; network: string };

/** What the link asks of the rules; the socket knows nothing about jobs but these six. */
export type LinkActions = {
  hold(who: Speaker, held: readonly Progress[]): Promise<{ keep: JobRef[]; lost: JobRef[] }>;
  /** False: the epoch is not this agent's. */
  accept(who: Speaker, offer: JobRef): Promise<boolean>;
  decline(who: Speaker, decline: z.infer<typeof Decline>): Promise<boolean>;
  /** The leases that are no longer this agent's. */
  beat(who: Speaker, leases: readonly Progress[]): Promise<JobRef[]>;
  finish(who: Speaker, message: Finished): Promise<GatewayMessage>;
  fail(who: Speaker, message: Failed): Promise<GatewayMessage>;
};

export type ActionDeps = Pick<
  Deps,
  | "bells"
  | "catalogue"
  | "config"
  | "declines"
  | "jobs"
  | "limits"
  | "networks"
  | "now"
  | "random"
  | "steam"
  | "uploads"
>;

/** The project's own rules behind the link. */
export function bindActions(deps: ActionDeps): LinkActions {
  return {
    hold: ({ agent }, held) => holdJobs(deps, { agent, held }),
    accept: ({ agent }, { job, epoch }) => acceptOffer(deps, { agent, job, epoch }),
    decline: ({ agent }, { job, epoch }) => declineOffer(deps, { agent, job, epoch }),
    beat: ({ agent }, leases) => recordBeat(deps, { agent, leases }),
    finish: (who, message) => finishJob(deps, { ...who, message }),
    fail: (who, message) => failJob(deps, { ...who, message }),
  };
}
