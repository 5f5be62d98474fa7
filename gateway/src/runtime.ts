import type { Environment } from "@modfleet/protocol";
import type { Link } from "./link/link.ts";

export type Listening = {
  /** The port in use, also when 0 was asked for. */
  port: number;
  /** Takes no new connections, lets running answers finish for a few seconds, then cuts them. */
  close(): Promise<void>;
};

export type ListenOptions = {
  host: string;
  port: number;
  fetch: (request: Request, bindings: object) => Response | Promise<Response>;
  link: Link;
};

/** Everything of the outside world that a gateway touches. `node.ts` and `deno.ts` hand it in; nothing else reaches out. */
export type Runtime = {
  name: "node" | "deno";
  argv: readonly string[];
  env: Environment;
  now: () => number;
  random: () => number;
  randomBytes: (bytes: number) => Uint8Array;
  fetch: typeof globalThis.fetch;
  /** One line on stdout. */
  print: (line: string) => void;
  /** One line on stderr. */
  complain: (line: string) => void;
  /** The parent's process id now; it changes when the parent is gone. */
  parent: () => number;
  /** Calls `listener` on SIGINT and SIGTERM. */
  onStopSignal: (listener: () => void) => void;
  listen: (options: ListenOptions) => Promise<Listening>;
};
