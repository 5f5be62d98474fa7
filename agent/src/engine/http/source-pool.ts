import type { FailureReport } from "@modfleet/protocol";
import type { HttpLimits } from "../options.ts";
import type { PieceEnd } from "./fetch-piece.ts";
import type { RemoteFile } from "./remote-file.ts";

/** An address that has the file, and how it behaves. */
export type Source = {
  readonly url: string;
  readonly file: RemoteFile;
  /** Where its redirects led the last time. */
  address: string;
  /** Connections that it serves at this moment. */
  active: number;
};

export type SourcePool = {
  /** The source with the fewest connections that is not given up. */
  pick(): Source | null;
  /** Milliseconds until it may be asked again. */
  waitMs(source: Source): number;
  /** Takes note of how a request to `source` ended; "leave" sends its connection away, the others are enough. */
  report(source: Source, end: PieceEnd, grew: boolean): "stay" | "leave";
  /** Why the last one was given up. */
  failure(): FailureReport | null;
};

type History = { failures: number; pauses: number; readyAt: number; isGivenUp: boolean };

/** Decides whom to ask next: failures make a source wait longer and longer, too many end it. */
export function createSourcePool(sources: readonly Source[], limits: HttpLimits, now: () => number): SourcePool {
  const records = new Map(
    sources.map((source) => [source, { failures: 0, pauses: 0, readyAt: 0, isGivenUp: false } satisfies History]),
  );
  let last: FailureReport | null = null;
  const recordOf = (source: Source): History => {
    const record = records.get(source);
    if (record === undefined) throw new Error(`Not a source of this download: ${source.url}`);
    return record;
  };
  const giveUp = (record: History, failure: FailureReport): "leave" => {
    record.isGivenUp = true;
    last = failure;
    return "leave";
  };

  return {
    pick() {
      const usable = sources.filter((source) => !recordOf(source).isGivenUp);
      const rank = (source: Source) => Math.max(0, recordOf(source).readyAt - now()) * 1_000 + source.active;
      return usable.toSorted((a, b) => rank(a) - rank(b))[0] ?? null;
    },
    waitMs: (source) => Math.max(0, recordOf(source).readyAt - now()),
    failure: () => last,
    report(source, end, grew) {
      const record = recordOf(source);
      if (end.kind === "done") {
        record.failures = 0;
        record.pauses = 0;
        return "stay";
      }
      if (end.kind === "changed" || end.kind === "unranged") return "stay";
      // What a redirect led to may have run out; the first address knows where to go now.
      const wasElsewhere = source.address !== source.url;
      source.address = source.url;
      if (end.kind === "refused" && !wasElsewhere) {
        giveUp(record, end.failure);
        return "stay";
      }
      if (end.kind === "slow_down") return pause(source, record, end);
      record.failures = grew && end.kind !== "slow" ? 1 : record.failures + 1;
      if (record.failures > limits.resumesMax) giveUp(record, end.failure);
      const waitMs = Math.min(limits.resumeWaitMaxMs, limits.resumeWaitMs * 2 ** (record.failures - 1));
      record.readyAt = Math.max(record.readyAt, now() + waitMs);
      return "stay";
    },
  };

  function pause(source: Source, record: History, { failure, waitMs }: Extract<PieceEnd, { kind: "slow_down" }>) {
    // It serves others of ours: there are only too many of them.
    if (source.active > 0) return "leave";
    record.pauses += 1;
    if (waitMs === null || waitMs > limits.retryAfterMaxMs || record.pauses > limits.resumesMax) {
      giveUp(record, failure);
    } else record.readyAt = Math.max(record.readyAt, now() + waitMs);
    return "stay";
  }
}
