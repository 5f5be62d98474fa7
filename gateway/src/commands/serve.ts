import type { Command } from "commander";
import { createApp } from "../app.ts";
import type { Config } from "../config.ts";
import { isLoopbackAddress } from "../domain/network.ts";
import { startTicking } from "../link/link.ts";
import { startLoops } from "../loops/start.ts";
import type { Runtime } from "../runtime.ts";
import { openServices, type Services } from "../services.ts";
import type { CliContext } from "./context.ts";

const PARENT_LOOK_MS = 500;
const WITHOUT_PUBLIC_URL =
  "Set MODFLEET_PUBLIC_URL to the address agents dial: without it another gateway could relay their hellos to this one";

/** `serve`: the gateway in the foreground until SIGINT, SIGTERM or, under npm, the end of its parent. */
export function registerServe(program: Command, context: CliContext): void {
  program
    .command("serve", { isDefault: true })
    .description("run the gateway in the foreground")
    .option("--host <address>", "where to listen (MODFLEET_HOST)")
    .option("--port <number>", "port, 0 picks one (MODFLEET_PORT)")
    .option("--data <folder>", "database and archives (MODFLEET_DATA)")
    .option("--stop-with-parent", "stop when the process that started this one is gone")
    .action(async (options: { host?: string; port?: string; data?: string; stopWithParent?: boolean }) => {
      const config = context.config({
        MODFLEET_HOST: options.host,
        MODFLEET_PORT: options.port,
        MODFLEET_DATA: options.data,
      });
      const followsParent = options.stopWithParent ?? context.runtime.env["npm_lifecycle_event"] !== undefined;
      const stopped = untilStopped(context.runtime, followsParent);
      await serve(config, context.runtime, stopped);
    });
}

async function serve(config: Config, runtime: Runtime, stopped: Promise<string>): Promise<void> {
  const services = await openServices(config, runtime);
  const { deps, link } = services;
  const app = createApp(deps);
  const listening = await listen(config, runtime, {
    fetch: (request, bindings) => app.fetch(request, bindings),
    link,
  }).catch(async (error: unknown) => {
    await services.close();
    throw error;
  });
  deps.counters.count("start");
  const loops = startLoops(deps);
  const stopTicking = startTicking(link);
  runtime.print(`modfleet gateway listening on http://${hostInUrl(config.host)}:${listening.port}`);
  deps.log.info("started", { runtime: runtime.name, data: config.dataFolder });
  if (config.publicUrl === null && !isLoopbackAddress(config.host)) deps.log.warn(WITHOUT_PUBLIC_URL);

  const reason = await stopped;
  deps.log.info("stopping", { reason });
  stopTicking();
  link.fleet.closeAll();
  // Loops and requests that wait for Steam hear at once that it is not to be had.
  deps.steam.close();
  await Promise.all([loops.stop(), listening.close()]);
  await closeAll(services);
}

async function closeAll(services: Services): Promise<void> {
  await services.close();
  services.deps.log.info("stopped");
}

type Served = Pick<Parameters<Runtime["listen"]>[0], "fetch" | "link">;

function listen({ host, port }: Config, runtime: Runtime, served: Served): ReturnType<Runtime["listen"]> {
  return runtime.listen({ host, port, ...served }).catch((cause: unknown) => {
    const isTaken =
      cause instanceof Error && ("code" in cause ? cause.code === "EADDRINUSE" : cause.name === "AddrInUse");
    if (!isTaken) throw cause;
    throw new Error(`Could not listen on ${host}:${port}: it is taken. Choose another with MODFLEET_PORT or --port`, {
      cause,
    });
  });
}

function hostInUrl(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

/** Resolves with why. npm's shell does not hand SIGTERM on, so under npm the end of the parent is a stop as well. */
function untilStopped(runtime: Runtime, followsParent: boolean): Promise<string> {
  return new Promise((resolve) => {
    runtime.onStopSignal(() => resolve("signal"));
    if (!followsParent) return;
    const parent = runtime.parent();
    const timer = setInterval(() => {
      if (runtime.parent() === parent) return;
      clearInterval(timer);
      resolve("parent is gone");
    }, PARENT_LOOK_MS);
    timer.unref();
  });
}
