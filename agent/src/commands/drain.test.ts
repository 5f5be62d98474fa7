import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { Command } from "commander";
import { describe, expect, test } from "vitest";
import { aStatus } from "../../test/a-status.ts";
import { ownAddress } from "../../test/knock.ts";
import { tempFolder } from "../../test/temp-folder.ts";
import { testContext } from "../../test/test-context.ts";
import { parseConfig } from "../config.ts";
import { silentLog } from "../log.ts";
import { registerDrain } from "./drain.ts";
import { openLocalDoors } from "./local-doors.ts";
import { findRunning, noteRunning } from "./running.ts";

/** The doors of an agent that listens only on an address that others reach too; where there is no network, on loopback. */
async function agentOnLan(dataFolder: string, more: Record<string, string> = {}) {
  const env = { MODFLEET_LOCAL_HOST: ownAddress() ?? "127.0.0.1", MODFLEET_LOCAL_PORT: "0", ...more };
  const read = parseConfig({ ...env, MODFLEET_AGENT_DATA: dataFolder }, {}, { hostName: "box" });
  if (!read.ok) throw new Error(read.problems.join());
  let drains = 0;
  const drain = (): void => {
    drains += 1;
  };
  const surface = await openLocalDoors(read.config, { status: aStatus, drain, log: silentLog });
  noteRunning(dataFolder, { pid: process.pid, url: surface.url });
  return { surface, drains: () => drains, [Symbol.asyncDispose]: () => surface.close() };
}

/** Something on loopback that took the agent's port. */
async function stranger(status: number) {
  const heard: IncomingHttpHeaders[] = [];
  const server = createServer(({ headers }, response) => {
    heard.push(headers);
    response.writeHead(status).end("{}");
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  const port = String(typeof address === "object" && address !== null ? address.port : 0);
  return { port, heard, [Symbol.dispose]: () => void server.close() };
}

/** What `drain` says, or how it complains. */
async function drained(env: Record<string, string>): Promise<string> {
  const context = testContext(env);
  const program = new Command().exitOverride();
  registerDrain(program, context);
  await program.parseAsync(["drain"], { from: "user" });
  return context.said();
}

describe("drain", () => {
  test("drain shows the token of the data folder to an agent that is not on loopback", async () => {
    await using folder = await tempFolder();
    await using agent = await agentOnLan(folder.path);

    expect(await findRunning(folder.path)).toMatchObject({ url: agent.surface.url });
    expect(await drained({ MODFLEET_AGENT_DATA: folder.path })).toBe("The agent stops\n");
    expect(agent.drains()).toBe(1);
  });

  test("drain shows the token that was chosen, where there is one", async () => {
    await using folder = await tempFolder();
    const chosen = { MODFLEET_LOCAL_TOKEN: "a token that somebody chose" };
    await using agent = await agentOnLan(folder.path, chosen);

    expect(await drained({ MODFLEET_AGENT_DATA: folder.path, ...chosen })).toBe("The agent stops\n");
    expect(agent.drains()).toBe(1);
  });

  test("drain tells nobody on loopback the token", async () => {
    await using folder = await tempFolder();
    using other = await stranger(200);
    const env = { MODFLEET_AGENT_DATA: folder.path, MODFLEET_LOCAL_PORT: other.port };

    await expect(drained({ ...env, MODFLEET_LOCAL_TOKEN: "a token that somebody chose" })).rejects.toThrow(/No agent/);
    expect(other.heard.map(({ authorization }) => authorization)).toEqual([undefined]);
  });

  test("drain says what to set when its token is not the agent's", async () => {
    await using folder = await tempFolder();
    using agent = await stranger(401);

    const draining = drained({ MODFLEET_AGENT_DATA: folder.path, MODFLEET_LOCAL_PORT: agent.port });

    await expect(draining).rejects.toThrow(/wants its token: set MODFLEET_LOCAL_TOKEN/);
  });
});
