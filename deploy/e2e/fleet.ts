import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import {
  type FakeItem,
  type FakeOptions,
  type FakeSteamcmd,
  installFakeSteamcmd,
} from "../../agent/test/fake-steamcmd.ts";
import { anItem, type FakeSteam, fakeSteam } from "../../gateway/test/fake-steam.ts";
import { type Line, startLine } from "./line.ts";
import { killAll, processesOf } from "./processes.ts";
import { type Program, startProgram } from "./program.ts";

export type Runtime = "node" | "deno";

export type Fleet = AsyncDisposable & {
  url: string;
  folder: string;
  agentFolder: string;
  steam: FakeSteam;
  steamcmd: FakeSteamcmd;
  line: Line;
  gateway: Program;
  agent: Program;
  restartGateway(): Promise<void>;
  restartAgent(): Promise<void>;
  /** One more agent, on a data folder of its own. */
  startAgentOn(dataFolder: string): Promise<Program>;
};

export type FleetOptions = {
  runtime: Runtime;
  /** What SteamCMD has, by Workshop id; Steam's web interface knows the same ids. */
  items: Record<string, FakeItem>;
  /** Changes to what Steam says about an item. */
  details?: Record<string, Record<string, unknown>>;
  env?: Record<string, string>;
  /** How the fake SteamCMD behaves besides. */
  tool?: Pick<FakeOptions, "stepBytes" | "stepMs" | "delayMs">;
  /** The agent dials the line instead of the gateway. */
  throughLine?: boolean;
};

export const path = (relative: string): string => fileURLToPath(new URL(`../../${relative}`, import.meta.url));
/** The executable itself: npm's wrapper does not hand signals on. */
const deno = (): string =>
  z
    .object({ runInstall: z.function({ output: z.string() }) })
    .parse(createRequire(import.meta.url)("deno/install_api.cjs"))
    .runInstall();

/** The whole product as separate processes, against fakes that speak Steam's and SteamCMD's wire. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const { runtime, items, details = {} } = options;
  const folder = await mkdtemp(join(tmpdir(), "modfleet-e2e-"));
  const steam = await fakeSteam();
  for (const id of Object.keys(items)) steam.items.set(id, anItem(id, details[id]));
  const steamcmd = await installFakeSteamcmd({ folder: join(folder, "tool"), items, ...options.tool });
  const start = starters(runtime, { ...fleetEnv({ folder, steam, steamcmd }), ...options.env });
  const token = await start.invite();
  let gateway = await start.gateway("0");
  const port = gateway.match;
  const url = `http://127.0.0.1:${port}`;
  const line = await startLine(port);
  const agentFolder = join(folder, "agent");
  const agents: Program[] = [];
  const startAgentOn = async (dataFolder: string): Promise<Program> => {
    const agent = await start.agent({
      MODFLEET_AGENT_DATA: dataFolder,
      MODFLEET_GATEWAY: options.throughLine === true ? line.url : url,
      MODFLEET_INVITE: token,
    });
    agents.push(agent);
    return agent;
  };
  let agent = await startAgentOn(agentFolder);
  return {
    ...{ url, folder, agentFolder, steam, steamcmd, line, startAgentOn },
    get gateway() {
      return gateway;
    },
    get agent() {
      return agent;
    },
    async restartGateway() {
      gateway = await start.gateway(port);
    },
    async restartAgent() {
      agent = await startAgentOn(agentFolder);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...agents, gateway].map((program) => program.stop("SIGKILL")));
      killAll(await processesOf(folder));
      await Promise.all([steam[Symbol.asyncDispose](), line[Symbol.asyncDispose]()]);
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

type Parts = Pick<Fleet, "folder" | "steam" | "steamcmd">;

/** What every program of the fleet is told; the data folder is also how its processes are found again. */
export function fleetEnv({ folder, steam, steamcmd }: Parts): Record<string, string> {
  return {
    ...definedOf(process.env),
    MODFLEET_DATA: join(folder, "gateway"),
    MODFLEET_AGENT_DATA: join(folder, "agent"),
    MODFLEET_STEAM_API_URL: steam.url,
    MODFLEET_STEAM_STORE_URL: steam.url,
    MODFLEET_STEAM_COMMUNITY_URL: steam.url,
    MODFLEET_STEAMCMD: steamcmd.path,
    MODFLEET_LOCAL_PORT: "0",
    MODFLEET_DRAIN: "2",
    MODFLEET_ALLOW_PRIVATE_SOURCES: "1",
  };
}

function definedOf(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function starters(runtime: Runtime, shared: Record<string, string>) {
  const onNode = (script: string, ...args: string[]) => [process.execPath, path(script), ...args];
  const gateway =
    runtime === "node" ? onNode("gateway/src/node.ts") : [deno(), "run", "-A", path("gateway/src/deno.ts")];
  return {
    invite: async () =>
      (await startProgram({ command: onNode("gateway/src/node.ts", "invite"), env: shared, ready: /^(\S+)$/ })).match,
    gateway: (port: string) =>
      startProgram({
        command: [...gateway, "serve"],
        env: { ...shared, MODFLEET_PORT: port },
        ready: /listening on http:\S+:(\d+)$/,
      }),
    agent: (env: Record<string, string>) =>
      startProgram({
        command: onNode("agent/src/main.ts", "run"),
        env: { ...shared, ...env },
        ready: /surface on http:\S+:(\d+)$/,
      }),
  };
}
