const KIB = 1024;
const MIB = 1024 * KIB;
const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** Every number that gateway and agents share. Milliseconds and bytes; tests hand in a changed copy. */
export const LIMITS = {
  /** Largest text frame in either direction. */
  frameBytesMax: 64 * KIB,
  /** Lists and objects inside each other in one frame. */
  frameDepthMax: 32,
  /** Largest source as JSON, so that its offer always fits into a frame. */
  sourceBytesMax: 48 * KIB,
  /** ± 10 %, the first at a random moment of it: below the 30–60 s idle limits of common proxies. */
  heartbeatMs: 15 * SECOND,
  heartbeatJitter: 0.1,
  /** The gateway calls an agent silent after three missed beats; one lost burst is not death. */
  agentSilentMs: 45 * SECOND,
  /** The agent calls a gateway silent without any frame: both sides must find a half-open line. */
  gatewaySilentMs: 30 * SECOND,
  leaseMs: 90 * SECOND,
  offerMs: 15 * SECOND,
  deadlineMinMs: 10 * MINUTE,
  deadlineMaxMs: 6 * 60 * MINUTE,
  /** A deadline allows twice the time that the expected size takes at this speed. */
  deadlineBytesPerSecond: 128 * KIB,
  authenticateMs: 10 * SECOND,
  strangersPerAddressMax: 20,
  reconnectBaseMs: SECOND,
  reconnectDoublingsMax: 6,
  healthyAfterMs: MINUTE,
  retryBaseMs: 15 * SECOND,
  retryFactor: 4,
  retryMaxMs: 60 * MINUTE,
  chargedAttemptsMax: 5,
  unchargedAttemptsMax: 10,
  declinesInARowMax: 3,
  drainMs: 120 * SECOND,
  fastDrainMs: 5 * SECOND,
  partBytes: 8 * MIB,
  slotsDefault: 2,
  slotsMax: 16,
  slotsOnProbation: 1,
  archiveBytesMax: 64 * 1024 * MIB,
  entriesMax: 1_000_000,
  pathBytesMax: 1024,
  /** A socket with more than this waiting gets no progress … */
  bufferedProgressMax: 256 * KIB,
  /** … no offers … */
  bufferedOfferMax: MIB,
  /** … and is closed. */
  bufferedCloseMax: 4 * MIB,
  revokedWithinMs: 5 * SECOND,
} as const;

export type Limits = { readonly [Name in keyof typeof LIMITS]: number };

/** How long one attempt may take: twice the time the expected bytes need at 128 KiB/s, at least 10 min, at most 6 h. */
export function deadlineMs(expectedBytes: number | null, limits: Limits = LIMITS): number {
  const twice = ((expectedBytes ?? 0) / limits.deadlineBytesPerSecond) * 2 * SECOND;
  return Math.round(Math.min(limits.deadlineMaxMs, Math.max(limits.deadlineMinMs, twice)));
}

/** How long a job waits before try `attempt + 1`; `random` is in [0, 1). */
export function retryDelayMs(attempt: number, random: number, limits: Limits = LIMITS): number {
  const grown = limits.retryBaseMs * limits.retryFactor ** Math.max(0, attempt - 1);
  return Math.round(Math.min(limits.retryMaxMs, grown) * (0.5 + 0.5 * random));
}
