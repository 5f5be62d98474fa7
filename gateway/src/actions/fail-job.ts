import type { AgentId, Failed, GatewayMessage, Source } from "@modfleet/protocol";
import type { Deps } from "../deps.ts";
import type { Job } from "../domain/job.ts";
import { isThrottle, newNetwork, refilled, THROTTLE_PAUSE_MS, throttled } from "../domain/manners.ts";
import type { Statement } from "../store/database.ts";
import { changeJob } from "./change-job.ts";

type FailDeps = Pick<
  Deps,
  "catalogue" | "config" | "jobs" | "networks" | "declines" | "steam" | "now" | "limits" | "bells" | "random"
>;

/** An agent could not finish. The answer ends its resending: `settled` when it counted, `lost` when it was too late. */
export async function failJob(
  deps: FailDeps,
  { agent, network, message }: { agent: AgentId; network: string; message: Failed },
): Promise<GatewayMessage> {
  const { job, epoch, failure } = message;
  const source = (await deps.jobs.find(job))?.source ?? null;
  if (failure.code === "tool_broken" && source !== null) deps.declines.noteBroken(agent, source.kind);
  // Whoever asks for an address chooses what its server says: that must not keep volunteers from Steam.
  const isSteams = isThrottle(failure.code) && source?.kind === "workshop";
  const pause = isSteams ? await pauseNetwork(deps, network, failure.retryAfterMs ?? 0) : [];
  const confirmed = failure.code === "item_removed" && (await steamSaysRemoved(deps, source));
  const event = { type: "failed", agent, epoch, network, failure, confirmed, random: deps.random() } as const;
  const also = (after: Job) => [
    ...pause,
    ...(isGone(after) ? deps.catalogue.removedStatements(after.mod, deps.now()) : []),
  ];
  const changed = await changeJob(deps, job, { event, also });
  if (changed.ok) return { type: "settled", job, epoch };
  return { type: "lost", job, epoch, why: changed.why === "unknown_job" ? "unknown_job" : "stale" };
}

/** What is here of it stays, as with what Steam removed, and is marked until the source has it again. */
function isGone({ source, state, failure }: Job): boolean {
  return state === "failed" && source.kind !== "workshop" && failure?.code === "source_not_found";
}

async function steamSaysRemoved({ steam }: Pick<Deps, "steam">, source: Source | null): Promise<boolean> {
  if (source?.kind !== "workshop") return false;
  return (await steam.item(source.item, { fresh: true })).kind === "removed";
}

async function pauseNetwork(
  { config, networks, now }: FailDeps,
  network: string,
  retryAfterMs: number,
): Promise<Statement[]> {
  const at = now();
  const known = (await networks.find([network])).get(network)?.state ?? newNetwork(config.steamRuns, at);
  const state = refilled(known, config.steamRuns, at);
  return [networks.save(network, throttled(state, Math.max(retryAfterMs, THROTTLE_PAUSE_MS), at))];
}
