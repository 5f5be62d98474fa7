import type { TorrentStatus } from "./client.ts";
import type { TorrentEngineLimits } from "./options.ts";
import { TorrentFailure } from "./torrent-failure.ts";

type Bounds = Pick<TorrentEngineLimits, "metadataMs" | "stallMs" | "serverDownMs">;

/** Says when a torrent is not worth waiting for any longer, by throwing `TorrentFailure`. */
export interface Patience {
  /** What the client says of it now. */
  look(status: TorrentStatus): void;
  /** It could not be asked. */
  noAnswer(problem: Error): void;
}

/** `now` in milliseconds that never go back. */
export function createPatience({ metadataMs, stallMs, serverDownMs }: Bounds, now: () => number): Patience {
  let [aliveAt, answeredAt] = [now(), now()];
  let bytes = 0;
  let hasMetadata = false;

  const giveUp = (what: string, ms: number, { problem, peers }: TorrentStatus): never => {
    const why = problem ?? `${peers} peers`;
    throw new TorrentFailure("source_unreachable", `${what} within ${ms / 1_000} s: ${why}`);
  };

  return {
    look: (status) => {
      const isFirst = !hasMetadata && status.phase !== "metadata";
      // Checking what lies on the disk brings no bytes and takes its time.
      if (isFirst || status.phase === "checking" || status.bytes > bytes) aliveAt = now();
      if (status.phase !== "metadata") hasMetadata = true;
      bytes = Math.max(bytes, status.bytes);
      answeredAt = now();
      const waitedMs = now() - aliveAt;
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
