import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { type FakeItem, installFakeSteamcmd } from "../../agent/test/fake-steamcmd.ts";
import { anItem, type FakeSteam, fakeSteam } from "../../gateway/test/fake-steam.ts";
import { type Program, startProgram } from "./program.ts";

export type Runtime = "node" | "deno";

export type Fleet = AsyncDisposable & {
  url: string;
  folder: string;
  steam: FakeSteam;
  gateway: Program;
  agent: Program;
  restartGateway(): Promise<void>;
  restartAgent(): Promise<void>;
};

export type FleetOptions = {
  runtime: Runtime;
  /** What SteamCMD has, by Workshop id; Steam's web interface knows the same ids. */
  items: Record<string, FakeItem>;
  /** Changes to what Steam says about an item. */
  details?: Record<string, Record<string, unknown>>;
  env?: Record<string, string>;
};

const path = (relative: string): string => fileURLToPath(new URL(`../../${relative}`, import.meta.url));
/** The executable itself: npm's wrapper does not hand signals on. */
const deno = (): string =>
  z
    .object({ runInstall: z.function({ output: z.string() }) })
    .parse(createRequire(import.meta.url)("deno/install_api.cjs"))
    .runInstall();

/** The whole product as separate processes, against fakes that speak Steam's and SteamCMD's wire. */
export async function startFleet({ runtime, items, details = {}, env = {} }: FleetOptions): Promise<Fleet> {
  const folder = await mkdtemp(join(tmpdir(), "modfleet-e2e-"));
  const steam = await fakeSteam();
  for (const id of Object.keys(items)) steam.items.set(id, anItem(id, details[id]));
  const steamcmd = await installFakeSteamcmd({ folder: join(folder, "tool"), items });
  const shared = {
    ...process.env,
    ...{ MODFLEET_DATA: join(folder, "gateway"), MODFLEET_AGENT_DATA: join(folder, "agent") },
    ...{
      MODFLEET_STEAM_API_URL: steam.url,
      MODFLEET_STEAM_STORE_URL: steam.url,
      MODFLEET_STEAM_COMMUNITY_URL: steam.url,
    },
    ...{
      MODFLEET_STEAMCMD: steamcmd.path,
      MODFLEET_LOCAL_PORT: "0",
      MODFLEET_DRAIN: "2",
      MODFLEET_ALLOW_PRIVATE_SOURCES: "1",
      ...env,
    },
  };
  const startGateway = (port: string): Promise<Program> => {
    const command =
      runtime === "node"
        ? [process.execPath, path("gateway/src/node.ts")]
        : [deno(), "run", "-A", path("gateway/src/deno.ts")];
    return startProgram({
      command: [...command, "serve"],
      env: { ...shared, MODFLEET_PORT: port },
      ready: /listening on http:\S+:(\d+)$/,
    });
  };
  const invite = startProgram({
    command: [process.execPath, path("gateway/src/node.ts"), "invite"],
    env: shared,
    ready: /^(\S+)$/,
  });
  const { match: token } = await invite;
  let gateway = await startGateway("0");
  const port = gateway.match;
  const url = `http://127.0.0.1:${port}`;
  const startAgent = (): Promise<Program> =>
    startProgram({
      command: [process.execPath, path("agent/src/main.ts"), "run"],
      env: { ...shared, MODFLEET_GATEWAY: url, MODFLEET_INVITE: token },
      ready: /surface on http:\S+:(\d+)$/,
    });
  let agent = await startAgent();
  return {
    ...{ url, folder, steam },
    get gateway() {
      return gateway;
    },
    get agent() {
      return agent;
    },
    async restartGateway() {
      gateway = await startGateway(port);
    },
    async restartAgent() {
      agent = await startAgent();
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([agent.stop("SIGKILL"), gateway.stop("SIGKILL")]);
      await steam[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
