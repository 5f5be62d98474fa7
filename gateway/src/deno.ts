import { randomBytes } from "node:crypto";
import { runCli } from "./cli.ts";
import { LINK_PATH } from "./link/admission.ts";
import { answerDenoUpgrade } from "./link/deno-upgrade.ts";
import { pooledRandom } from "./random-pool.ts";
import type { Listening, ListenOptions } from "./runtime.ts";

type Info = { remoteAddr: { hostname: string } };
type DenoServer = { addr: { port: number }; finished: Promise<void>; shutdown(): Promise<void> };
type ServeOptions = { hostname: string; port: number; signal: AbortSignal; onListen: () => void };

/** The calls of Deno's that this root needs, so that the types of two runtimes do not meet. */
declare const Deno: {
  args: readonly string[];
  env: { toObject(): Record<string, string> };
  ppid: number;
  exitCode: number;
  exit(code: number): never;
  addSignalListener(name: "SIGINT" | "SIGTERM", listener: () => void): void;
  serve(options: ServeOptions, handler: (request: Request, info: Info) => Response | Promise<Response>): DenoServer;
};

const FINISH_WITHIN_MS = 5_000;

async function listen({ host, port, fetch, link }: ListenOptions): Promise<Listening> {
  const cut = new AbortController();
  const server = Deno.serve({ hostname: host, port, signal: cut.signal, onListen: () => {} }, (request, info) => {
    const isLink = new URL(request.url).pathname === LINK_PATH;
    return isLink ? answerDenoUpgrade(link, request, info.remoteAddr.hostname) : fetch(request, info);
  });
  return {
    port: server.addr.port,
    async close() {
      const timer = setTimeout(() => cut.abort(), FINISH_WITHIN_MS);
      // An aborted server reports its own end; both ways are a stop.
      await Promise.race([server.shutdown(), server.finished]).catch(() => {});
      clearTimeout(timer);
    },
  };
}

Deno.exit(
  await runCli({
    name: "deno",
    argv: Deno.args,
    env: Deno.env.toObject(),
    now: Date.now,
    random: Math.random,
    randomBytes: pooledRandom(randomBytes),
    fetch: globalThis.fetch,
    print: (line) => console.log(line),
    complain: (line) => console.error(line),
    parent: () => Deno.ppid,
    onStopSignal(listener) {
      Deno.addSignalListener("SIGINT", listener);
      Deno.addSignalListener("SIGTERM", listener);
    },
    listen,
  }),
);
