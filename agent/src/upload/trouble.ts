import type { FailureCode } from "@modfleet/protocol";

/**
 * Why a round ended early. `again` is tried again and becomes a failure with `code` when patience runs out; `lost` and `stop` are
 * final at once.
 */
export type Trouble =
  | { kind: "again"; code: FailureCode; detail: string }
  | { kind: "lost" }
  | { kind: "stop"; code: FailureCode; detail: string };

/** `foreign` are the addresses of parts that are not the gateway's own, like presigned ones of a bucket. */
export type Door = "open" | "part" | "complete" | "foreign";

/**
 * What an answer of the gateway means; null for success. Codes that are charged to the item are never used for what the line, the
 * gateway or the volunteer did (P7).
 */
export function troubleOf(status: number, door: Door): Trouble | null {
  if (status >= 200 && status < 300) return null;
  const detail = `${door} answered ${status}`;
  if (door === "foreign") return foreignTrouble(status, detail);
  switch (status) {
    // 401: the token's time or the gateway's secret is over; either way this try cannot deliver, and the next gets a new token.
    case 401:
    case 403:
    case 410:
      return { kind: "lost" };
    case 413:
      return { kind: "stop", code: "too_large", detail };
    case 422:
      return door === "part"
        ? { kind: "again", code: "hash_mismatch", detail }
        : { kind: "stop", code: "hash_mismatch", detail };
    case 507:
      return { kind: "again", code: "disk_full", detail };
    case 400:
    case 415:
      return { kind: "stop", code: "internal", detail };
    default:
      return { kind: "again", code: "agent_lost", detail };
  }
}

/** A presigned address that ran out says 403; asking the gateway again gives new ones. */
function foreignTrouble(status: number, detail: string): Trouble {
  if (status === 400 || status === 422) return { kind: "again", code: "hash_mismatch", detail };
  return { kind: "again", code: "agent_lost", detail };
}

/** A connection that was refused, cut or too slow. */
export function lineTrouble(door: Door, error: unknown): Trouble {
  return { kind: "again", code: "agent_lost", detail: `${door}: ${messageOf(error)}` };
}

/** What fetch throws says only "fetch failed"; the reason is its cause. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
