import { execFile } from "node:child_process";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Child, startChild } from "./child.ts";
import { dialled } from "./dialled.ts";

const HELP = `npm start: a gateway and one agent beside it, in the foreground, with their data in ./data

  MODFLEET_PORT          where the library listens (8080)
  MODFLEET_LOCAL_PORT    the agent's own page (8765)
  MODFLEET_STEAMCMD      an existing steamcmd; otherwise it is downloaded on first use

Everything else: .env.example. Stop with Ctrl-C.`;

const DRAIN_SECONDS = "5";
/** What a clean stop may take beyond the drain; then something hangs and nothing may be left running. */
const STOP_WITHIN_MS = 30_000;
const PARENT_LOOK_MS = 500;
const AGENT_RESTART_MS = 2_000;
/** An agent that fails sooner would only fail again. */
const AGENT_LIVES_MS = 30_000;
const WRONG_CONFIGURATION = 2;

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const { env } = process;

type Stop = { signal: AbortSignal; request: (why: string) => void };

/** The first signal stops cleanly; under npm, whose shell does not hand signals on, so does the end of the parent. */
function stopRequests(): Stop {
  const stop = new AbortController();
  const request = (why: string): void => {
    if (stop.signal.aborted) return;
    print(`Stopping (${why}) …`);
    stop.abort();
  };
  for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => request(name));
  const parent = process.ppid;
  const look = setInterval(() => {
    if (process.ppid !== parent) request("the parent process is gone");
  }, PARENT_LOOK_MS);
  look.unref();
  return { signal: stop.signal, request };
}

/** A token for the agent beside the gateway; an agent that is enrolled already does not need it. */
async function invitation(): Promise<string> {
  const script = fileURLToPath(new URL("../gateway/src/node.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, "invite", "--ttl", "1h"], { env });
  return stdout.trim();
}

/** The configured local port, or any when somebody else has it: the library must not fail for a status page. */
async function freeLocalPort(): Promise<string> {
  const port = env["MODFLEET_LOCAL_PORT"] ?? "8765";
  // The agent says what is wrong with it, together with everything else.
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) return port;
  const probe = createServer();
  const { promise, resolve } = Promise.withResolvers<boolean>();
  probe
    .once("error", () => resolve(false))
    .listen(Number(port), env["MODFLEET_LOCAL_HOST"] ?? "127.0.0.1", () => resolve(true));
  const isFree = await promise;
  await new Promise((closed) => probe.close(closed));
  if (isFree) return port;
  print(`Port ${port} is taken: the agent's page gets another one`);
  return "0";
}

function startAgent(gateway: string, invite: string, localPort: string): Child {
  const own = { MODFLEET_GATEWAY: gateway, MODFLEET_INVITE: invite, MODFLEET_LOCAL_PORT: localPort };
  const agentEnv = { ...env, MODFLEET_DRAIN: env["MODFLEET_DRAIN"] ?? DRAIN_SECONDS, ...own };
  return startChild({
    name: "agent",
    script: "agent/src/main.ts",
    args: ["run", "--stop-with-parent"],
    env: agentEnv,
    print,
  });
}

function drainMs(): number {
  const seconds = Number(env["MODFLEET_DRAIN"] ?? DRAIN_SECONDS);
  return Number.isFinite(seconds) ? seconds * 1_000 : 0;
}

/** Keeps one agent running: a crash is a volunteer's everyday life, a refusal (wrong configuration) is not. */
async function keepAgent(start: () => Child, stop: Stop): Promise<number> {
  for (;;) {
    const agent = start();
    const startedAt = performance.now();
    const endAgent = (): void => void agent.stop(drainMs() + STOP_WITHIN_MS);
    stop.signal.addEventListener("abort", endAgent, { once: true });
    const { code, signal } = await agent.ended;
    stop.signal.removeEventListener("abort", endAgent);
    if (stop.signal.aborted) return 0;
    const isRefusal = code === 0 || code === WRONG_CONFIGURATION || performance.now() - startedAt < AGENT_LIVES_MS;
    if (signal === null && isRefusal) {
      stop.request(`the agent ended with exit code ${code}`);
      return code ?? 1;
    }
    print(`The agent was ended by ${signal ?? `exit code ${code}`}; it starts again`);
    await delay(AGENT_RESTART_MS, undefined, { signal: stop.signal }).catch(() => {});
    if (stop.signal.aborted) return 0;
  }
}

function welcome(url: string): void {
  print("");
  print(`Modfleet is ready:  ${url}`);
  print(`Ask for a mod:      curl -OJ ${url}/download/steam/<Workshop id>`);
  print(`Interface:          ${url}/docs`);
  print("");
}

async function main(): Promise<number> {
  const stop = stopRequests();
  const gateway = startChild({
    name: "gateway",
    script: "gateway/src/node.ts",
    args: ["serve", "--stop-with-parent"],
    env,
    print,
  });
  const gatewayEnded = gateway.ended.then(({ code, signal }) => {
    stop.request(`the gateway ended (${signal ?? `exit ${code}`})`);
    return code;
  });
  try {
    const [url = ""] = await gateway.said(/http:\/\/\S+:\d+$/);
    const [invite, localPort] = await Promise.all([invitation(), freeLocalPort()]);
    if (stop.signal.aborted) return 0;
    welcome(url);
    return await keepAgent(() => startAgent(dialled(url), invite, localPort), stop);
  } catch (error) {
    // The gateway has said why it ended; its exit code (2 for a wrong configuration) is ours.
    if (stop.signal.aborted) return (await gatewayEnded) ?? 1;
    print(error instanceof Error ? error.message : String(error));
    return 1;
  } finally {
    await gateway.stop(STOP_WITHIN_MS);
    print("Stopped");
  }
}

if (process.argv.includes("--help") || process.argv.includes("-h")) print(HELP);
else process.exit(await main());
