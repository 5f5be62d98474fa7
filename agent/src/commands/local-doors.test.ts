import { mkdirSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { aStatus } from "../../test/a-status.ts";
import { connected } from "../../test/console-bench.ts";
import { FILE, fileServer } from "../../test/console-files.ts";
import { tempFolder } from "../../test/temp-folder.ts";
import { parseConfig } from "../config.ts";
import { createLog, silentLog } from "../log.ts";
import { openLocalDoors } from "./local-doors.ts";

/** The doors of a volunteer who set these variables. */
async function doors(variables: Record<string, string>, log = silentLog) {
  const env = { MODFLEET_LOCAL_PORT: "0", MODFLEET_ALLOW_PRIVATE_SOURCES: "1", ...variables };
  const read = parseConfig(env, {}, { hostName: "box" });
  if (!read.ok) throw new Error(read.problems.join());
  const surface = await openLocalDoors(read.config, { status: aStatus, drain: () => {}, log });
  const client = await connected(surface.url.replace("http", "ws"), {});
  return { client, surface, [Symbol.asyncDispose]: () => surface.close() };
}

describe("openLocalDoors()", () => {
  test("openLocalDoors() downloads into MODFLEET_DOWNLOADS what its console is told to", async () => {
    await using folder = await tempFolder();
    await using files = await fileServer();
    const variables = { MODFLEET_AGENT_DATA: folder.at("data"), MODFLEET_DOWNLOADS: folder.at("here") };
    mkdirSync(folder.at("data"));
    await using agent = await doors(variables);

    agent.client.say("start", `${files.url}/plain/a%20b.bin`, "end");
    await agent.client.answers(1);
    const line = await untilDone(agent.client);

    expect(line).toContain(`file_amount_bytes:${FILE.length}, patch: file://${folder.at("here")}/a%20b.bin\n`);
    expect(await readFile(folder.at("here", "a b.bin"))).toEqual(FILE);
  });

  test("openLocalDoors() keeps the console from private addresses unless they are allowed", async () => {
    await using folder = await tempFolder();
    await using files = await fileServer();
    await using agent = await doors({ MODFLEET_AGENT_DATA: folder.path, MODFLEET_ALLOW_PRIVATE_SOURCES: "0" });

    agent.client.say("start", `${files.url}/plain/a.bin`, `${files.url.replace("127.0.0.1", "localhost")}/plain/a.bin`);

    expect(await agent.client.answers(2)).toEqual(["url не действителен.", "url не действителен."]);
  });

  test("openLocalDoors() says where the token lies when other machines can come, and never what it is", async () => {
    await using folder = await tempFolder();
    const lines: string[] = [];
    const log = createLog({ level: "debug", write: (line) => lines.push(line) });
    const open = (variables: Record<string, string>) => doors({ MODFLEET_AGENT_DATA: folder.path, ...variables }, log);

    await (await open({}))[Symbol.asyncDispose]();
    expect(lines).toEqual([]);
    await (await open({ MODFLEET_LOCAL_HOST: "0.0.0.0" }))[Symbol.asyncDispose]();
    const chosen = { MODFLEET_LOCAL_TOKEN: "a token that somebody chose" };
    await (await open({ MODFLEET_LOCAL_HOST: "0.0.0.0", ...chosen }))[Symbol.asyncDispose]();

    const told = lines.map((line) => JSON.parse(line).token);
    expect(told).toEqual([folder.at("local-token"), "MODFLEET_LOCAL_TOKEN"]);
    expect(lines.join()).not.toContain(await readFile(folder.at("local-token"), "utf8").then((text) => text.trim()));
    expect(lines.join()).not.toContain("somebody chose");
  });

  test("openLocalDoors() refuses a token that is too short with a hint", async () => {
    await using folder = await tempFolder();
    await folder.write({ "local-token": "1234" });

    await expect(doors({ MODFLEET_AGENT_DATA: folder.path })).rejects.toThrow(/local-token has less than 16/);
  });

  test("close() of the doors ends a download in the middle, and the next ones go on with it", async () => {
    await using folder = await tempFolder();
    await using files = await fileServer();
    const first = await doors({ MODFLEET_AGENT_DATA: folder.path });
    first.client.say("start", `${files.url}/gated/a.zip`, "end");
    await first.client.answers(1);

    await first[Symbol.asyncDispose]();
    await expect(fetch(first.surface.url)).rejects.toThrow();
    files.open("a.zip");
    await using second = await doors({ MODFLEET_AGENT_DATA: folder.path });

    expect(await untilDone(second.client)).toContain(`patch: file://${folder.at("files", "a.zip")}`);
  });

  test("openLocalDoors() says what to choose where the downloads cannot lie or the port is taken", async () => {
    await using folder = await tempFolder();
    writeFileSync(folder.at("a file"), "");
    const wrongFolder = doors({ MODFLEET_AGENT_DATA: folder.path, MODFLEET_DOWNLOADS: folder.at("a file") });
    await expect(wrongFolder).rejects.toThrow(/MODFLEET_DOWNLOADS/);

    const other = createServer();
    await new Promise<void>((resolve) => void other.listen(0, "127.0.0.1", resolve));
    const address = other.address();
    const port = String(address !== null && typeof address === "object" ? address.port : 0);
    const takenPort = doors({ MODFLEET_AGENT_DATA: folder.path, MODFLEET_LOCAL_PORT: port });
    await expect(takenPort).rejects.toThrow(/MODFLEET_LOCAL_PORT/);
    other.close();
  });
});

async function untilDone({ say, answers }: Awaited<ReturnType<typeof connected>>): Promise<string> {
  for (;;) {
    say("download", "hello");
    const heard = await answers(1);
    if (heard[0]?.startsWith("url:") === true) return heard[0];
  }
}
