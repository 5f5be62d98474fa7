import type { Engine } from "../../engine/engine.ts";
import type { HttpLimits } from "../../engine/options.ts";
import type { OpenTorrentClient, TorrentEngineLimits } from "../../engine/torrent/options.ts";
import type { PackOutcome, PackRequest } from "../../pack/pack.ts";

/** The part of a stream that is written to; a terminal says so by `isTTY`. */
export type GetOutput = { write: (text: string) => unknown; isTTY?: boolean };

/** How files are downloaded by their addresses. */
export type GetHttp = {
  /** Lets addresses and what they lead to be in private networks; what a person types may be there anyway. */
  allowPrivate: boolean;
  connections: number;
  /** Null: adaptive. */
  blockBytes: number | null;
  limits?: Partial<HttpLimits>;
};

/** What `get` needs from the world; the composition root fills it in, tests fill it with fakes. */
export type GetContext = {
  /** Origin of Steam's Web API (`MODFLEET_STEAM_API_URL`). */
  steamApiUrl: string;
  /** Made only once it is needed: a wrong id must not start anything. */
  createEngine: () => Engine | Promise<Engine>;
  /** Opened with the first torrent, and closed with the command. */
  openTorrentClient: OpenTorrentClient;
  /** Whether that client looks for peers in the distributed hash table as well. */
  dht: boolean;
  torrentLimits?: Partial<TorrentEngineLimits>;
  http: GetHttp;
  pack: (request: PackRequest) => Promise<PackOutcome>;
  fetch: typeof globalThis.fetch;
  /** Folder of `get` alone: what the same command needs to go on, until it is done. */
  scratch: string;
  /** Relative `-o` paths and the default file are meant from here. */
  cwd: string;
  stdout: GetOutput;
  stderr: GetOutput;
  /** Milliseconds UTC. */
  now: () => number;
  /** Aborted on Ctrl-C, once it is watched for. */
  signal: AbortSignal;
  /** From here on the first Ctrl-C aborts `signal` instead of ending the process; the second one ends it. */
  watchInterrupts: () => void;
  /** Resolves after `ms`, or at once when the signal fires. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Told the exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted. */
  exit: (code: number) => void;
};
