import type { TorrentStatus } from "./client.ts";
import type { TorrentEngineLimits } from "./options.ts";
import { TorrentFailure } from "./torrent-failure.ts";

type Bounds = Pick<TorrentEngineLimits, "metadataMs" | "refusedMs" | "nobodyMs" | "stallMs" | "serverDownMs">;

/** Says when a torrent is not worth waiting for any longer, by throwing `TorrentFailure`. */
export interface Patience {
  /** What the client says of it now. `deadEnd`: why there is nobody whom it could ask. */
  look(status: TorrentStatus, prospects: { deadEnd: string | null }): void;
  /** It could not be asked. */
  noAnswer(problem: Error): void;
}

/** `now` in milliseconds that never go back. */
export function createPatience(bounds: Bounds, now: () => number): Patience {
  const { metadataMs, refusedMs, nobodyMs, stallMs, serverDownMs } = bounds;
  let [aliveAt, answeredAt] = [now(), now()];
  let [refusedAt, deadEndAt] = [now(), now()];
  let bytes = 0;
  let hasMetadata = false;

  const giveUp = (what: string, ms: number, { problem, peers }: TorrentStatus): never => {
    const why = problem ?? `${peers} peers`;
    throw new TorrentFailure("source_unreachable", `${what} within ${ms / 1_000} s: ${why}`);
  };

  return {
    look: (status, { deadEnd }) => {
      const isFirst = !hasMetadata && status.phase !== "metadata";
      // Checking what lies on the disk brings no bytes and takes its time.
      if (isFirst || status.phase === "checking" || status.bytes > bytes) aliveAt = now();
      if (status.phase !== "metadata") hasMetadata = true;
      bytes = Math.max(bytes, status.bytes);
      answeredAt = now();
      const isAlone = status.peers === 0 && status.phase !== "checking" && status.phase !== "complete";
      if (!isAlone || status.problem === null) refusedAt = now();
      if (!isAlone || deadEnd === null) deadEndAt = now();
      else if (now() - Math.max(aliveAt, deadEndAt) >= nobodyMs)
        throw new TorrentFailure("source_unreachable", deadEnd);
      const waitedMs = now() - aliveAt;
      if (!hasMetadata && now() - refusedAt >= refusedMs) giveUp("No metadata", refusedMs, status);
      if (!hasMetadata && waitedMs >= metadataMs) giveUp("No metadata", metadataMs, status);
      if (hasMetadata && waitedMs >= stallMs) giveUp("No byte", stallMs, status);
    },
    noAnswer: (problem) => {
      if (now() - answeredAt < serverDownMs) return;
      throw new TorrentFailure(
        "tool_broken",
        `No torrent client for ${serverDownMs / 1_000} s: ${problem.message}`,
        problem,
      );
    },
  };
}
