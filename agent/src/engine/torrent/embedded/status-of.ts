import type { TorrentPhase, TorrentStatus } from "../client.ts";
import { type Activity, swarmOf } from "./activity.ts";
import type { Content } from "./content.ts";
import type { TorrentState } from "./states.ts";

export type Known = { state: TorrentState; content: Content | null; activity: Activity };

/** What is told about a torrent. Pure. */
export function statusOf({ state, content, activity }: Known): TorrentStatus {
  const swarm = swarmOf(activity);
  const peers = swarm?.peers().length ?? 0;
  const phase = phaseOf(content, activity);
  const seedProblem = activity.kind === "content" && phase !== "complete" ? activity.run.seedProblem() : null;
  // A tracker or a web seed that refuses does not matter to somebody who has peers.
  const swarmProblem = peers > 0 ? null : (swarm?.trackerProblem() ?? seedProblem);
  return {
    infoHash: state.infoHash,
    name: content?.metainfo.name ?? state.name,
    phase,
    isPaused: state.isPaused,
    bytes: content?.bytes ?? 0,
    totalBytes: content?.totalBytes ?? null,
    uploadedBytes: state.uploadedBytes,
    downRate: Math.round(swarm?.torrent.downloadSpeed ?? 0),
    upRate: Math.round(swarm?.torrent.uploadSpeed ?? 0),
    peers,
    folder: state.folder,
    problem: state.problem ?? swarmProblem,
    fault: state.fault,
  };
}

function phaseOf(content: Content | null, activity: Activity): TorrentPhase {
  if (content === null) return "metadata";
  if (activity.kind === "content" && !activity.run.isChecked()) return "checking";
  return content.isComplete ? "complete" : "downloading";
}
