import type { AgentMessage, Offer } from "@modfleet/protocol";

export type DeclineReason = Extract<AgentMessage, { type: "decline" }>["reason"];

/** What a volunteer allows. Null: no limit. */
export type OwnLimits = Readonly<{
  /** Bytes of the disk that stay free. */
  freeBytesMin: number;
  /** Bytes down and up in one calendar month. */
  monthBytesMax: number | null;
  /** Whole hours of the volunteer's clock, `to` excluded; `from > to` goes over midnight. */
  hours: Readonly<{ from: number; to: number }> | null;
  /** Steam application ids; files from other places are not games and pass. */
  apps: readonly number[] | null;
}>;

/** What the limits are measured against at one moment. */
export type Conditions = Readonly<{ freeBytes: number; monthBytes: number; hour: number }>;

/** Content and archive lie beside each other for a while. */
const DISK_PER_BYTE = 2;

/** Why this agent takes nothing at all right now, or null. */
export function closedBecause(limits: OwnLimits, at: Conditions): DeclineReason | null {
  if (limits.hours !== null && !isWithin(limits.hours, at.hour)) return "hours";
  if (limits.monthBytesMax !== null && at.monthBytes >= limits.monthBytesMax) return "month_limit";
  return at.freeBytes < limits.freeBytesMin ? "disk" : null;
}

/** The figure of the limit behind `reason`, like `1-2` for hours; null where the reason says it all. */
export function limitText({ hours, monthBytesMax, freeBytesMin }: OwnLimits, reason: DeclineReason): string | null {
  if (reason === "hours" && hours !== null) return `${hours.from}-${hours.to}`;
  if (reason === "month_limit" && monthBytesMax !== null) return `${monthBytesMax} bytes`;
  return reason === "disk" ? `${freeBytesMin} bytes stay free` : null;
}

/** Why this agent does not take `offer` right now, or null. */
export function refusal(limits: OwnLimits, at: Conditions, offer: Offer): DeclineReason | null {
  const closed = closedBecause(limits, at);
  if (closed !== null) return closed;
  const { source, expectedBytes = 0 } = offer;
  if (source.kind === "workshop" && limits.apps !== null && !limits.apps.includes(source.app)) {
    return "game_not_allowed";
  }
  if (limits.monthBytesMax !== null && at.monthBytes + expectedBytes > limits.monthBytesMax) return "month_limit";
  return roomFor(limits, at) < expectedBytes * DISK_PER_BYTE ? "disk" : null;
}

/** Bytes that work may still take of the disk. */
function roomFor(limits: OwnLimits, { freeBytes }: Conditions): number {
  return Math.max(0, freeBytes - limits.freeBytesMin);
}

function isWithin({ from, to }: { from: number; to: number }, hour: number): boolean {
  if (from === to) return true;
  return from < to ? hour >= from && hour < to : hour >= from || hour < to;
}
