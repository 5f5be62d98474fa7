import { safeFileName } from "../../engine/http/file-name.ts";
import type { TorrentClient, TorrentStatus } from "../../engine/torrent/client.ts";
import { TORRENT_LIMITS } from "../../engine/torrent/options.ts";
import { CODES, TorrentFailure } from "../../engine/torrent/torrent-failure.ts";
import { isPrivateRefusal, oneLine } from "./failure-line.ts";
import type { Work } from "./job.ts";
import { printable } from "./result.ts";

export type TorrentEnd =
  | { kind: "complete"; name: string; bytes: number }
  | { kind: "refused"; problem: string }
  /** It does not go on by itself; what is there is right. */
  | { kind: "stopped"; problem: string };

export type Follow = {
  /** Whether there is only one place to ask: when that may not be asked, nothing is waited for. */
  hasOneWay: boolean;
  /** Told the torrent's name once; a problem ends it. */
  onName: (name: string) => Promise<string | null>;
};

/** Content comes as soon as the name is known, and may not be wanted then. */
const NAME_POLL_MS = 50;
/** A client's problem may pass, a tracker's for instance; one that lasts while nothing arrives does not. */
const PROBLEM_MS = 60_000;

/**
 * Watches a torrent until it is complete, showing how far it is. Nobody who has the torrent, or a problem that lasts, ends it in
 * bounded time. Throws what the client throws, `TorrentFailure` for what does not pass, and when the signal fires.
 */
export async function followTorrent(
  infoHash: string,
  client: TorrentClient,
  { context, row }: Work,
  { onName, hasOneWay }: Follow,
): Promise<TorrentEnd> {
  const { now, sleep, signal } = context;
  const limits = { ...TORRENT_LIMITS, ...context.torrentLimits };
  let moved = { bytes: -1, at: now() };
  let told = "";
  let name: string | null = null;
  let phase: TorrentStatus["phase"] | null = null;
  for (;;) {
    signal.throwIfAborted();
    const status = await client.get(infoHash, signal);
    if (status === null) return { kind: "stopped", problem: "the torrent client has given it up" };
    const stage = stageOf(status);
    if (stage !== told) row.stage(stage);
    told = stage;
    if (status.phase !== "metadata") row.update({ bytes: status.bytes, total: status.totalBytes });
    if (name === null && status.name !== null && status.totalBytes !== null) {
      name = status.name;
      const problem =
        safeFileName(name) === name ? await onName(name) : `Its name is no name for a file: ${printable(name)}`;
      if (problem !== null) return { kind: "refused", problem };
    }
    if (status.phase === "complete" && name !== null) return { kind: "complete", name, bytes: status.bytes };
    const hasMoved = status.bytes !== moved.bytes || status.phase !== phase || status.phase === "checking";
    phase = status.phase;
    if (hasMoved) moved = { bytes: status.bytes, at: now() };
    if (status.problem !== null && status.fault) throw new TorrentFailure(CODES[status.fault], status.problem);
    if (hasOneWay && isPrivateRefusal(status.problem ?? "")) return { kind: "stopped", problem: status.problem ?? "" };
    const problem = stuckProblem(status, now() - moved.at, limits);
    if (problem !== null) return { kind: "stopped", problem };
    await sleep(name === null ? Math.min(limits.pollMs, NAME_POLL_MS) : limits.pollMs, signal);
  }
}

/** While nobody is there who has it, what hinders is said at once. */
function stageOf(status: TorrentStatus): string {
  const { problem, peers } = status;
  return problem === null || peers > 0 ? phaseText(status) : `${phaseText(status)} (${oneLine(problem)})`;
}

function phaseText({ phase, name, infoHash }: TorrentStatus): string {
  const shown = name === null ? infoHash : printable(name);
  switch (phase) {
    case "metadata":
      return `Looking for somebody who knows ${shown}`;
    case "checking":
      return `Checking what is here of ${shown}`;
    case "downloading":
    case "complete":
      return `Downloading ${shown}`;
  }
}

function stuckProblem(
  { phase, problem }: TorrentStatus,
  idleMs: number,
  { metadataMs, stallMs }: { metadataMs: number; stallMs: number },
): string | null {
  if (problem !== null && idleMs >= PROBLEM_MS) return problem;
  if (idleMs < (phase === "metadata" ? metadataMs : stallMs)) return null;
  const minutes = Math.round(idleMs / 60_000);
  return phase === "metadata"
    ? `nobody was found in ${minutes} minutes who has it`
    : `nobody has sent anything of it for ${minutes} minutes`;
}
