import { formatBytes } from "./progress-bytes.ts";

/** Tells how fast bytes come, and how long the rest takes. */
export type Pace = {
  /** `, 2.1 MB/s, 12 s left` as of now; nothing before it can be told. */
  text(bytes: number, total: number | null): string;
};

/** Long enough to be calm, short enough to follow a line that changes. */
const WINDOW_MS = 5_000;
const KNOWN_MS = 1_000;

/** A pace over the last seconds; `now` is in milliseconds. */
export function createPace(now: () => number): Pace {
  let samples: { at: number; bytes: number }[] = [];
  return {
    text(bytes, total) {
      const at = now();
      // Bytes that get fewer are a download that began again.
      if ((samples.at(-1)?.bytes ?? 0) > bytes) samples = [];
      const old = samples.findLastIndex((sample) => at - sample.at >= WINDOW_MS);
      samples = [...samples.slice(Math.max(0, old)), { at, bytes }];
      const [first] = samples;
      if (first === undefined || at - first.at < KNOWN_MS) return "";
      const perSecond = ((bytes - first.bytes) / (at - first.at)) * 1_000;
      const left = total === null || perSecond < 1 ? "" : `, ${formatSeconds((total - bytes) / perSecond)} left`;
      return `, ${formatBytes(Math.round(perSecond))}/s${left}`;
    },
  };
}

/** `59 s`, `12 min`, `3 h 5 min`: never less than is left. */
export function formatSeconds(given: number): string {
  const seconds = Math.max(0, Math.ceil(given));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
