/** What PyTorrent counted by hour and day, beside the requests of each of its paths (`/list/mods/`, …). */
export const EVENT_KINDS = [
  "start",
  "files_sent",
  "mod_not_found_local",
  "damaged_mod",
  "updating_mod",
  "download_from_steam_ok",
  "download_from_steam_error",
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** A counter's name: an event, or a path of PyTorrent with a slash at its end. */
export type CounterKind = EventKind | `/${string}`;

/** What PyTorrent timed: answers with (`ok`) and without (`error`) a file, and transfers from the request to their end. */
export const DURATION_KINDS = [
  "download_local_ok",
  "download_local_error",
  "download_steam_ok",
  "download_steam_error",
  "steam_ok",
  "steam_error",
] as const;
export type DurationKind = (typeof DURATION_KINDS)[number];

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** The start of the hour, or of the day, that `at` lies in. */
export const hourOf = (at: number): number => at - (at % HOUR_MS);
export const dayOf = (at: number): number => at - (at % DAY_MS);

/** `count` of `kind` in the hour or day that starts at `startsAt` (milliseconds UTC). */
export type Count = { kind: string; startsAt: number; count: number };

/** From `at` on, for `ms`. */
export type Duration = { kind: DurationKind; at: number; ms: number };
