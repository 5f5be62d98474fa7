/** Milliseconds UTC, and the microseconds beyond them (0–999). */
export type Moment = { ms: number; micros: number };

const TIME = /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?)?$/;
/** Within these years microseconds are safe numbers, and no mod is older or younger. */
const YEARS = { first: 1900, last: 2199 } as const;

/**
 * PyTorrent's text for a time, taken as UTC as it stands: `2026-11-20 15:30:00.000042`, or only its date. Null for anything
 * else, for days that do not exist and for years that no library has.
 */
export function parseTime(text: string): Moment | null {
  const match = TIME.exec(text);
  if (match === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  if (year < YEARS.first || year > YEARS.last || hour > 23 || minute > 59 || second > 59) return null;
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  const micros = Number((match[7] ?? "").padEnd(6, "0"));
  return { ms: date.getTime() + Math.floor(micros / 1_000), micros: micros % 1_000 };
}

/** Microseconds UTC: what moments are compared by. */
export function toMicros({ ms, micros }: Moment): number {
  return ms * 1_000 + micros;
}
