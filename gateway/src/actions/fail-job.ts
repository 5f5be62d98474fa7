import type { AgentId, Failed, GatewayMessage, Source } from "@modfleet/protocol";
import type { Deps } from "../deps.ts";
import { isThrottle, newNetwork, refilled, THROTTLE_PAUSE_MS, throttled } from "../domain/manners.ts";
import type { Statement } from "../store/database.ts";
import { changeJob } from "./change-job.ts";

type FailDeps = Pick<
  Deps,
  "config" | "jobs" | "networks" | "declines" | "steam" | "now" | "limits" | "bells" | "random"
>;

/** An agent could not finish. The answer ends its resending: `settled` when it counted, `lost` when it was too late. */
export async function failJob(
  deps: FailDeps,
  { agent, network, message }: { agent: AgentId; network: string; message: Failed },
): Promise<GatewayMessage> {
  const { job, epoch, failure } = message;
  if (failure.code === "tool_broken") deps.declines.noteBroken(agent);
  const source = (await deps.jobs.find(job))?.source ?? null;
  // Whoever asks for an address chooses what its server says: that must not keep volunteers from Steam.
  const isSteams = isThrottle(failure.code) && source?.kind === "workshop";
  const pause = isSteams ? await pauseNetwork(deps, network, failure.retryAfterMs ?? 0) : [];
  const confirmed = failure.code === "item_removed" && (await steamSaysRemoved(deps, source));
  const event = { type: "failed", agent, epoch, network, failure, confirmed, random: deps.random() } as const;
  const changed = await changeJob(deps, job, { event, also: () => pause });
  if (changed.ok) return { type: "settled", job, epoch };
  return { type: "lost", job, epoch, why: changed.why === "unknown_job" ? "unknown_job" : "stale" };
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
