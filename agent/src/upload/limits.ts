const KIB = 1024;
const MIB = 1024 * KIB;

/** Bounds of an upload, in milliseconds and bytes; tests hand in a changed copy. */
export const UPLOAD_LIMITS = {
  /** Parts without an acknowledgement. Their bodies are sent one after another, so that a cut costs one part (P6). */
  partsAtOnce: 3,
  /** A larger part than any plan of ours is a mistake, and would have to fit into memory. */
  partBytesMax: 64 * MIB,
  sliceBytes: 256 * KIB,
  /** A plan lists every part: 8,192 of them at the largest archive. */
  answerBytesMax: 8 * MIB,
  controlMs: 30_000,
  /** Node cuts a request after 300 s on the other side. */
  partMs: 290_000,
  retryBaseMs: 1_000,
  retryMaxMs: 30_000,
  /** Rounds in a row that brought nothing: about a quarter of an hour. Any stored part starts the count again. */
  roundsMax: 40,
  /** A part whose hash is refused again and again was not damaged on the way. */
  hashRoundsMax: 5,
};
export type UploadLimits = { readonly [Name in keyof typeof UPLOAD_LIMITS]: number };

/** How long to wait after the `failures`th round in a row without progress; `random` is in [0, 1). */
export function uploadDelayMs(failures: number, random: number, limits: UploadLimits): number {
  const grown = limits.retryBaseMs * 2 ** Math.min(failures - 1, 30);
  return Math.round(Math.min(limits.retryMaxMs, grown) * (0.5 + 0.5 * random));
}
