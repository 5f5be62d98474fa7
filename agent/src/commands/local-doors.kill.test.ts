import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { io } from "socket.io-client";
import { describe, expect, onTestFinished, test } from "vitest";
import { aTorrent } from "../../test/a-torrent.ts";
import { eventually } from "../../test/eventually.ts";
import { type TempFolder, tempFolder } from "../../test/temp-folder.ts";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));

/** The agent as its owner starts it, without a gateway that answers. */
async function started(folder: TempFolder) {
  const env = {
    ...process.env,
    MODFLEET_GATEWAY: "http://127.0.0.1:9",
    MODFLEET_AGENT_DATA: folder.at("data"),
    MODFLEET_LOCAL_PORT: "0",
    MODFLEET_LOG: "error",
  };
  const child = spawn(process.execPath, [MAIN, "run"], { env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  let said = "";
  child.stdout.on("data", (chunk) => {
    said += chunk;
  });
  onTestFinished(async () => {
    if (child.exitCode === null) child.kill("SIGKILL");
    await ended;
  });
  await eventually(() => expect(said).toContain("local surface on http://"));
  return { child, ended, url: said.trim().split(" ").at(-1) ?? "" };
}

describe("run with RestTorrent", () => {
  test("SIGTERM ends it with 0 while a session downloads and clients of every door are connected", async () => {
    await using folder = await tempFolder();
    const agent = await started(folder);
    const socket = io(agent.url, { reconnection: false, forceNew: true });
    onTestFinished(() => void socket.disconnect());
    const command = { command: "create_session", port_range: "0,0" };
    const { session } = Object(await socket.emitWithAck("v1", command));
    const upload = { command: "upload_torrent", session_id: session.id, save_path: "a", file: aTorrent().content };
    expect(await socket.emitWithAck("v1", upload)).toMatchObject({ status: "success" });
    const webSocket = new WebSocket(agent.url.replace("http", "ws"));
    await once(webSocket, "open");
    const peer = connect(session.port, "127.0.0.1");
    await once(peer, "connect");
    peer.on("error", () => {});

    agent.child.kill("SIGTERM");

    expect(await agent.ended).toEqual([0, null]);
    peer.destroy();
  });
});
