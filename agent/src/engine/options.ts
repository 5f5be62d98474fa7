/** The two levels an engine logs on; pino's loggers fit. */
export type EngineLog = {
  info(detail: object, message: string): void;
  warn(detail: object, message: string): void;
};

/** Every wait and bound of the SteamCMD engine, in milliseconds and bytes; tests hand in a changed copy. */
export const STEAMCMD_LIMITS = {
  /** How often the download folder is measured. */
  pollMs: 1_000,
  /** Silence for minutes is normal for SteamCMD; only bytes on disk count as life. */
  stallMs: 10 * 60_000,
  /** Between SIGTERM and SIGKILL to the process group: a revoked job has to be gone within 5 s. */
  killGraceMs: 3_000,
  /** A tool that prints more than this has lost its mind and is ended. */
  outputBytesMax: 256 * 1024 * 1024,
  /** Output that is kept for reading, half from its head and half from its tail. */
  keptOutputMax: 1024 * 1024,
  /** Timeouts are resumed while bytes arrive, but no longer than this. */
  resumeMaxMs: 6 * 60 * 60_000,
  /** Runs that never reached the item (self-update, restart) and are repeated without a charge. */
  rerunsMax: 3,
  /** Wait before such a repetition. */
  rerunWaitMs: 2_000,
  /** After a throttle: the account's lock lasts about 30 minutes and starts again with each try. */
  coolDownMs: 30 * 60_000,
  /** A run of `doctor`, or one warm-up run including the self-update of about 60 MB. */
  warmUpMs: 10 * 60_000,
  checkMs: 60_000,
  downloadMs: 5 * 60_000,
  /** SteamCMD's installer is 2.4 MB; what it unpacks to is below 10 MB. */
  installerBytesMax: 64 * 1024 * 1024,
  /** With less than this free, an I/O error is the disk's. */
  freeBytesMin: 256 * 1024 * 1024,
};
export type SteamcmdLimits = { readonly [Name in keyof typeof STEAMCMD_LIMITS]: number };

export type SteamcmdOptions = {
  /** Absolute folder in the agent's data that belongs to this engine: tool copies and HOMEs. */
  toolFolder: string;
  /** `MODFLEET_STEAMCMD`; null downloads Valve's installer on first use. */
  steamcmdPath: string | null;
  /** `MODFLEET_STEAMCMD_URL`; null means Valve's address for the platform. */
  downloadUrl: string | null;
  /** `anonymous`, or an account whose login a person has stored in the slot's HOME. */
  steamUser: string;
  platform: NodeJS.Platform;
  /** `process.arch`. */
  arch?: string;
  /** Handed to the tool, except HOME. */
  environment: Record<string, string | undefined>;
  now: () => number;
  log: EngineLog;
  fetch: typeof globalThis.fetch;
  /** Lets `fileUrl` reach loopback and private addresses (tests, LAN). */
  allowPrivate?: boolean;
  limits?: Partial<SteamcmdLimits>;
  /** For legacy items with a `fileUrl`, as `HttpOptions` has them. */
  httpLimits?: Partial<HttpLimits>;
  connections?: number;
  blockBytes?: number | null;
};

/** Bounds of the HTTP engine, in milliseconds and bytes; tests hand in a changed copy. */
export const HTTP_LIMITS = {
  connectMs: 30_000,
  /** Between two chunks of a body, and before the headers. */
  idleMs: 60_000,
  /** A server that is silent to HEAD may still answer GET. */
  headMs: 10_000,
  redirectsMax: 5,
  /** Broken streams that are resumed before a source is given up, counted from the last one that brought bytes. */
  resumesMax: 5,
  /** Before the first repetition; doubled for each further one, up to the second number. */
  resumeWaitMs: 1_000,
  resumeWaitMaxMs: 30_000,
  /** Files that changed while they were fetched are begun again this often. */
  restartsMax: 2,
  /** A longer `Retry-After` is handed to the caller. */
  retryAfterMaxMs: 120_000,
  /** Connections to one host of all downloads of the process together. */
  hostConnectionsMax: 16,
  /** Nothing smaller gets a connection of its own. */
  splitBytesMin: 1024 * 1024,
  /** What one connection collects before it writes, at most for so long; shared by all connections of a download. */
  batchBytes: 4 * 1024 * 1024,
  batchMs: 250,
  /** A connection that brings less in this time of waiting for it is given up. */
  lowSpeedBytes: 60 * 1024,
  lowSpeedMs: 60_000,
  /** What a crash may cost. */
  checkpointMs: 5_000,
  /** How long the first source waits for mirrors to answer. */
  mirrorMs: 2_000,
  progressMs: 100,
};
export type HttpLimits = { readonly [Name in keyof typeof HTTP_LIMITS]: number };

export type HttpOptions = {
  /** Lets addresses reach loopback and private networks (tests, LAN). */
  allowPrivate?: boolean;
  log: EngineLog;
  /** `MODFLEET_THREADS_SIZE`: most connections of one download. */
  connections?: number;
  /** `MODFLEET_BLOCK_SIZE`: bytes of one request; null: adaptive. */
  blockBytes?: number | null;
  limits?: Partial<HttpLimits>;
};
