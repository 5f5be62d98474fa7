import type { ContentRun } from "./run-content.ts";
import type { Swarm } from "./swarm.ts";

/** What is at work for a torrent at this moment. */
export type Activity = { kind: "none" } | { kind: "metadata"; swarm: Swarm } | { kind: "content"; run: ContentRun };

export function swarmOf(activity: Activity): Swarm | null {
  if (activity.kind === "none") return null;
  return activity.kind === "metadata" ? activity.swarm : activity.run.swarm;
}
