import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createConnection } from "node:net";
import { describe, expect, test } from "vitest";
import { eventually } from "../../../test/eventually.ts";
import { freePort } from "../../../test/loopback.ts";
import { codeIn, idIn, restDoor } from "../../../test/rest-door.ts";
import { silentLog } from "../../log.ts";
import { openRestTorrent } from "./open-rest-torrent.ts";

const MAGNET = `magnet:?xt=urn:btih:${"a".repeat(40)}`;
const UPLOAD = { magnet: MAGNET, save_path: "x" };

/** Whether something listens on a port of this machine. */
async function isOpen(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = createConnection(port, "127.0.0.1");
  socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
  const found = await promise;
  socket.destroy();
  return found;
}

describe("restart", () => {
  test("create_session with memory_only=0 is there again with its id, its port and its torrents", async () => {
    await using door = await restDoor();
    const port = await freePort();
    const id = await door.session({ port_range: `${port}`, memory_only: "0" });
    await door.execute("upload_torrent", { session_id: id, ...UPLOAD });
    const before = await door.execute("get_torrent_list", { session_id: id });

    await door.restart();

    expect(await door.execute("get_session_list")).toEqual({ status: "success", sessions: [{ id, port }] });
    expect(await door.execute("get_torrent_list", { session_id: id })).toEqual(before);
  });

  test("get_torrent_list tells no less progress after a restart than before", async () => {
    await using door = await restDoor();
    const id = await door.session({ memory_only: 0 });
    await door.execute("upload_torrent", { session_id: id, ...UPLOAD });
    door.torrents.clients.get(id)?.set("a".repeat(40), { phase: "checking", bytes: 777, totalBytes: 1_000 });
    await door.execute("get_torrent_list", { session_id: id });
    door.torrents.clients.get(id)?.set("a".repeat(40), { bytes: 0 });

    await door.restart();

    const list = await door.execute("get_torrent_list", { session_id: id });
    expect(list).toMatchObject({ torrents: [{ state: "checking_files", progress: 0.777 }] });
  });

  test("create_session without memory_only is gone after a restart, with all of its state", async () => {
    await using door = await restDoor();
    const id = await door.session();
    await door.execute("upload_torrent", { session_id: id, ...UPLOAD, memory_only: "0" });

    await door.restart();

    expect(await door.execute("get_session_list")).toEqual({ status: "success", sessions: [] });
    expect(await readdir(door.folder.at("state"))).not.toContain(id);
  });

  test.each([
    [{}, true],
    [{ memory_only: "0" }, true],
    [{ memory_only: "1" }, false],
    [{ memory_only: "" }, true],
  ])("upload_torrent with %j into a kept session: kept is %j", async (parameters, isKept) => {
    await using door = await restDoor();
    const id = await door.session({ memory_only: 0 });
    await door.execute("upload_torrent", { session_id: id, ...UPLOAD, ...parameters });

    await door.restart();

    const list = await door.execute("get_torrent_list", { session_id: id });
    expect(list).toMatchObject({ torrents: isKept ? [{ state: "downloading_metadata" }] : [] });
  });

  test("delete_session is not undone by a restart", async () => {
    await using door = await restDoor();
    const id = await door.session({ memory_only: 0 });
    await door.execute("upload_torrent", { session_id: id, ...UPLOAD });
    await door.execute("delete_session", { session_id: id });

    await door.restart();

    expect(codeIn(await door.execute("get_session", { session_id: id }))).toBe("session.notfound");
    expect(await readdir(door.folder.at("state"))).toEqual(["sessions.json"]);
  });

  test("get_session of a kept session says why it is not back, and brings it back once its port is free", async () => {
    await using door = await restDoor();
    const port = await freePort();
    const id = await door.session({ port_range: `${port}`, memory_only: 0 });
    const thief = restDoor();
    await door.rest.close();
    await using other = await thief;
    const stolen = await other.session({ port_range: `${port}` });
    await door.restart();

    expect(codeIn(await door.execute("get_session", { session_id: id }))).toBe("session.bind");
    expect(await door.execute("get_session_list")).toEqual({ status: "success", sessions: [] });
    await other.execute("delete_session", { session_id: stolen });
    expect(await door.execute("get_session_list")).toEqual({ status: "success", sessions: [{ id, port }] });
  });

  test("openRestTorrent() puts damaged records aside and begins anew", async () => {
    await using door = await restDoor();
    await door.rest.close();
    await writeFile(door.folder.at("state", "sessions.json"), '{"version":1,"sess');

    await door.restart();

    expect(await door.execute("get_session_list")).toEqual({ status: "success", sessions: [] });
    expect(await readFile(door.folder.at("state", "sessions.json.damaged"), "utf8")).toBe('{"version":1,"sess');
  });

  test("openRestTorrent() removes the state of sessions that are not listed, and nothing else", async () => {
    await using door = await restDoor();
    await door.rest.close();
    await door.folder.write({ [`state/${"b".repeat(40)}/torrents.json`]: "[]", "state/notes": "mine" });

    await door.restart();
    await door.execute("create_session", { port_range: "0,0" });

    expect(await readdir(door.folder.at("state"))).toEqual(["notes"]);
  });

  test("openRestTorrent() throws where its state folder is a file", async () => {
    await using door = await restDoor();
    await door.folder.write({ file: "x" });
    const paths = { downloadsFolder: door.folder.at("d"), stateFolder: door.folder.at("file") };

    expect(() =>
      openRestTorrent({ ...paths, openClient: door.torrents.openClient, allowPrivate: false, log: silentLog }),
    ).toThrow("EEXIST");
  });
});

describe("faults", () => {
  test("create_session gives a hundred at once ports of their own, and says when there are enough", async () => {
    await using door = await restDoor();

    const answers = await Promise.all(
      Array.from({ length: 140 }, () => door.execute("create_session", { port_range: "0,0" })),
    );

    const ids = answers.filter(({ status }) => status === "success").map(idIn);
    expect(new Set(ids).size).toBe(128);
    expect(new Set(answers.map(codeIn))).toEqual(new Set([null, "session.limit"]));
    await Promise.all(ids.map((id) => door.execute("delete_session", { session_id: id })));
    expect(door.torrents.clients.size).toBe(0);
  });

  test("create_session on one range takes each port once, then says that none is left", async () => {
    await using door = await restDoor();
    const port = await freePort();

    const answers = await Promise.all([1, 2].map(() => door.execute("create_session", { ports: [port] })));

    expect(answers.map(codeIn).toSorted()).toEqual([null, "session.bind"].toSorted());
  });

  test("create_session leaves nothing behind where its record cannot be written", async () => {
    await using door = await restDoor();
    const port = await freePort();
    await rm(door.folder.at("state"), { recursive: true });

    const answer = await door.execute("create_session", { ports: [port], memory_only: 0 });

    expect(codeIn(answer)).toBe("disk.failed");
    expect(await door.execute("get_session_list")).toEqual({ status: "success", sessions: [] });
    expect(await isOpen(port)).toBe(false);
  });

  test("delete_session ends what waits in it", async () => {
    const begun = Promise.withResolvers<void>();
    await using door = await restDoor();
    const id = await door.session();
    const client = door.torrents.clients.get(id);
    if (client === undefined) throw new Error("No client");
    client.list = (signal) => {
      begun.resolve();
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    };
    const waiting = door.execute("get_torrent_list", { session_id: id });
    await begun.promise;

    await door.execute("delete_session", { session_id: id });

    expect(codeIn(await waiting)).toBe("session.notfound");
  });

  test("delete_session twice at once succeeds once", async () => {
    await using door = await restDoor();
    const id = await door.session();

    const answers = await Promise.all([1, 2].map(() => door.execute("delete_session", { session_id: id })));

    expect(answers.map(codeIn).toSorted()).toEqual([null, "session.notfound"].toSorted());
  });

  test("delete_session removes a session whose client does not end well", async () => {
    await using door = await restDoor();
    const id = await door.session();
    const client = door.torrents.clients.get(id);
    if (client === undefined) throw new Error("No client");
    const { close } = client;
    client.close = async () => {
      await close();
      throw new Error("It hangs");
    };

    expect(await door.execute("delete_session", { session_id: id })).toEqual({ status: "success" });
    expect(await door.execute("get_session_list")).toEqual({ status: "success", sessions: [] });
  });

  test("close() leaves no port open, and what comes later is told so", async () => {
    await using door = await restDoor();
    const port = await freePort();
    await door.session({ ports: [port] });
    const late = door.execute("create_session", { ports: [0] });

    await door.rest.close();

    await eventually(async () => expect(await isOpen(port)).toBe(false));
    expect(codeIn(await late)).toBeOneOf([null, "agent.busy"]);
    expect(door.torrents.clients.size).toBe(0);
    expect(codeIn(await door.execute("create_session", { ports: [0] }))).toBe("agent.busy");
  });
});
