import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { Secret } from "@modfleet/protocol";
import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";
import { describe, expect, test } from "vitest";
import { aStatus } from "../../../test/a-status.ts";
import { eventually } from "../../../test/eventually.ts";
import { knock } from "../../../test/knock.ts";
import { silentLog } from "../../log.ts";
import { openLocalSurface } from "../server.ts";
import { type Answer, fail, type Parameters, type RestTorrent } from "./rest-torrent.ts";
import { SocketDoor, type SocketDoorOptions } from "./socket-door.ts";

type Execute = RestTorrent["execute"];
type Options = Partial<ManagerOptions & SocketOptions>;

const FILE_BYTES_MAX = 256 * 1024;
const TOKEN = "the token of this door";

/** Says back what it was told. */
const echo: Execute = async (command, parameters) => ({ status: "success", command, parameters });

/** The door on a real local port, before a RestTorrent that does as told. */
async function bench(execute: Execute = echo, given: Partial<SocketDoorOptions> = {}) {
  const door = new SocketDoor({ rest: { execute }, fileBytesMax: FILE_BYTES_MAX, log: silentLog, ...given });
  const surface = await openLocalSurface({
    ...{ host: "127.0.0.1", port: 0, origins: ["https://tools.example"], token: new Secret(TOKEN) },
    ...{ status: aStatus, drain: () => {}, log: silentLog, doors: [door] },
  });
  const sockets: Socket[] = [];
  /** A client that is not connected yet. */
  const client = (options: Options = {}): Socket => {
    const socket = io(surface.url, { reconnection: false, forceNew: true, ...options });
    sockets.push(socket);
    return socket;
  };
  const connected = async (options: Options = {}): Promise<Socket> => {
    const socket = client(options);
    await happened(socket, "connect");
    return socket;
  };
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.disconnect();
    await door.close();
    await surface.close();
  };
  return { door, url: surface.url, client, connected, [Symbol.asyncDispose]: close };
}

/** What the next event of this name brings; where a client cannot come in, why. */
function happened(socket: Socket, name: string): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  socket.once(name, resolve);
  if (name !== "connect_error") socket.once("connect_error", reject);
  return promise;
}

/** Collects what is emitted to a client. */
function heardBy(socket: Socket): unknown[] {
  const heard: unknown[] = [];
  socket.on("v1", (...values: unknown[]) => heard.push(...values));
  return heard;
}

/** Answers each command only when it is told to. */
function slowly() {
  const held: (() => void)[] = [];
  const begun: string[] = [];
  const execute: Execute = async (command, _parameters, signal) => {
    begun.push(command);
    const { promise, resolve } = Promise.withResolvers<Answer>();
    held.push(() => resolve({ status: "success", command }));
    signal.addEventListener("abort", () => resolve(fail("agent.busy", "The agent stops")));
    return promise;
  };
  const release = (): void => {
    for (const answer of held.splice(0)) answer();
  };
  return { execute, begun, release };
}

const TRANSPORTS = [["polling"], ["websocket"]] as const;

describe.each(TRANSPORTS)("SocketDoor over %s", (transport) => {
  const transports = [transport];

  test("a command is answered to its acknowledgement, with its t_id", async () => {
    await using world = await bench();
    const socket = await world.connected({ transports });
    const heard = heardBy(socket);

    const command = { t_id: "1", command: "create_session", ports: [6881] };
    const answer: unknown = await socket.emitWithAck("v1", command);

    expect(answer).toEqual({
      status: "success",
      command: "create_session",
      parameters: { ports: [6881] },
      t_id: "1",
    });
    expect(heard).toEqual([]);
  });

  test("a command without an acknowledgement is answered by an event", async () => {
    await using world = await bench();
    const socket = await world.connected({ transports });
    const answer = happened(socket, "v1");

    socket.emit("v1", { t_id: 7, command: "get_session", session_id: "x" });

    expect(await answer).toEqual({
      status: "success",
      command: "get_session",
      parameters: { session_id: "x" },
      t_id: 7,
    });
  });

  test("a file comes as the bytes that were sent", async () => {
    let file: unknown;
    const keep: Execute = async (_command, parameters: Parameters) => {
      file = parameters["file"];
      return { status: "success" };
    };
    await using world = await bench(keep);
    const socket = await world.connected({ transports });
    const bytes = randomBytes(FILE_BYTES_MAX);

    await socket.emitWithAck("v1", { command: "upload_torrent", file: bytes, save_path: "a" });

    expect(Buffer.isBuffer(file) && file.equals(bytes)).toBe(true);
  });

  test("what is larger than any file ends its connection and nothing else", async () => {
    await using world = await bench();
    const [socket, other] = [await world.connected({ transports }), await world.connected({ transports })];
    const gone = happened(socket, "disconnect");

    socket.emit("v1", { command: "upload_torrent", file: Buffer.alloc(4 * FILE_BYTES_MAX) });

    expect(await gone).toMatch(/^transport/);
    expect(await other.emitWithAck("v1", { command: "a" })).toMatchObject({ status: "success" });
  });

  test("a thousand commands at once have a thousand answers", async () => {
    await using world = await bench();
    const socket = await world.connected({ transports });
    const ids = Array.from({ length: 1_000 }, (_, id) => id);

    const answers: unknown[] = await Promise.all(ids.map((t_id) => socket.emitWithAck("v1", { t_id, command: "a" })));

    expect(answers).toEqual(ids.map((t_id) => ({ status: "success", command: "a", parameters: {}, t_id })));
  });

  test("more commands than may wait are refused, each with its t_id, and none is lost", async () => {
    const slow = slowly();
    await using world = await bench(slow.execute, { waitingMax: 10 });
    const socket = await world.connected({ transports });
    const heard = heardBy(socket);
    for (let t_id = 0; t_id < 1_000; t_id += 1) socket.emit("v1", { t_id, command: "a" });

    await eventually(() => expect(heard.length).toBe(982));
    expect(heard[0]).toMatchObject({ status: "fail", error: { code: "agent.busy" }, t_id: 18 });
    await eventually(() => {
      slow.release();
      expect(heard.length).toBe(1_000);
    });

    const ids = heard.flatMap((answer) => Object.entries(Object(answer)).filter(([key]) => key === "t_id"));
    expect(new Set(ids.map(([, id]) => id)).size).toBe(1_000);
    expect(slow.begun.length).toBe(18);
  });
});

describe("SocketDoor", () => {
  test.each([["1"], [1], [0], [""], [null], [true], [{ a: [1] }]])(
    "t_id %j comes back as it was sent",
    async (t_id) => {
      await using world = await bench(async () => ({ status: "success" }));
      const socket = await world.connected();

      const answer: unknown = await socket.emitWithAck("v1", { t_id, command: "a" });

      expect(answer).toStrictEqual({ status: "success", t_id });
    },
  );

  test("without a t_id there is none in the answer", async () => {
    await using world = await bench(async () => fail("command.unknown", "No"));
    const socket = await world.connected();

    const answer: unknown = await socket.emitWithAck("v1", { command: "a" });

    expect(answer).toStrictEqual({ status: "fail", error: { code: "command.unknown", message: "No" } });
  });

  test.each([["text"], [5], [null], [[{ command: "a" }]], [Buffer.from("bytes")], [true]])(
    "%j is no command and is refused",
    async (message) => {
      await using world = await bench();
      const socket = await world.connected();

      const answer: unknown = await socket.emitWithAck("v1", message);

      expect(answer).toMatchObject({ status: "fail", error: { code: "parameter.invalid" } });
    },
  );

  test("an event with nothing in it is refused, with an acknowledgement and without", async () => {
    await using world = await bench();
    const socket = await world.connected();
    const heard = heardBy(socket);

    socket.emit("v1");

    expect(await socket.emitWithAck("v1")).toMatchObject({ error: { code: "parameter.invalid" } });
    expect(heard).toMatchObject([{ error: { code: "parameter.invalid" } }]);
  });

  test.each([[undefined], [5], [{}], [["a"]]])("the command %j is unknown", async (command) => {
    await using world = await bench();
    const socket = await world.connected();

    const answer: unknown = await socket.emitWithAck("v1", { t_id: 1, command });

    expect(answer).toMatchObject({ status: "fail", error: { code: "command.unknown" }, t_id: 1 });
  });

  test("a frame that is nested a hundred thousand times is refused, and the agent lives on", async () => {
    await using door = await bench();
    const deep = "[".repeat(100_000) + "]".repeat(100_000);
    const socket = new WebSocket(`${door.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
    const heard: string[] = [];
    socket.addEventListener("message", ({ data }) => heard.push(String(data)));
    await eventually(() => expect(heard[0]).toMatch(/^0/));
    socket.send("40");

    socket.send(`421["v1",{"t_id":${deep},"command":"deep"}]`);
    socket.send(`422["v1",{"t_id":"2","command":"wide","ports":${deep}}]`);
    socket.send('423["v1",{"t_id":"3","command":"get_session_list"}]');
    await eventually(() => expect(heard.at(-1)).toMatch(/^433.*"t_id":"3"/));

    expect(heard.slice(-3, -1)).toEqual([
      expect.stringMatching(/^431\[.*parameter\.invalid/),
      expect.stringMatching(/^432.*parameter\.invalid/),
    ]);
    socket.close();
  });

  test("a failure says nothing of its cause", async () => {
    await using world = await bench(async () => {
      throw new Error("secret detail");
    });
    const socket = await world.connected();

    const answer: unknown = await socket.emitWithAck("v1", { t_id: 1, command: "a" });

    expect(answer).toMatchObject({ status: "fail", error: { code: "agent.failed" }, t_id: 1 });
    expect(JSON.stringify(answer)).not.toContain("secret");
  });

  test("a slow command holds up neither its neighbours nor other clients", async () => {
    const slow = slowly();
    await using world = await bench((command, ...rest) => (command === "slow" ? slow.execute : echo)(command, ...rest));
    const [socket, other] = [await world.connected(), await world.connected()];
    const waiting = socket.emitWithAck("v1", { command: "slow" });

    expect(await socket.emitWithAck("v1", { command: "quick" })).toMatchObject({ command: "quick" });
    expect(await other.emitWithAck("v1", { command: "quick" })).toMatchObject({ command: "quick" });
    slow.release();
    expect(await waiting).toMatchObject({ command: "slow" });
  });

  test("what a client asked for is done although it leaves", async () => {
    const slow = slowly();
    await using world = await bench(slow.execute);
    const socket = await world.connected({ transports: ["websocket"] });
    for (let count = 0; count < 20; count += 1) socket.emit("v1", { command: `delete ${count}` });
    await eventually(() => expect(slow.begun.length).toBe(8));

    socket.disconnect();

    await eventually(() => {
      slow.release();
      expect(slow.begun.length).toBe(20);
    });
  });

  test("files that wait are bounded in bytes", async () => {
    const slow = slowly();
    await using world = await bench(slow.execute);
    const socket = await world.connected({ transports: ["websocket"] });
    const heard = heardBy(socket);

    for (let t_id = 0; t_id < 12; t_id += 1) {
      socket.emit("v1", { t_id, command: "upload_torrent", file: Buffer.alloc(FILE_BYTES_MAX) });
    }

    await eventually(() => expect(heard).toMatchObject([10, 11].map((t_id) => ({ status: "fail", t_id }))));
    slow.release();
    await eventually(() => {
      slow.release();
      expect(heard.length).toBe(12);
    });
  });

  test("a client that lets thousands of answers pile up is cut off", async () => {
    const large = "x".repeat(64 * 1024);
    await using world = await bench(async () => ({ status: "success", large }), { waitingMax: 1 });
    const socket = await world.connected({ transports: ["polling"] });
    const gone = happened(socket, "disconnect");
    const url = `${world.url}/socket.io/?EIO=4&transport=polling&sid=${socket.io.engine.id}`;

    const body = Array.from({ length: 5_000 }, () => `42["v1",{"command":"a"}]`).join("\x1e");
    await fetch(url, { method: "POST", body });

    expect(await gone).toMatch(/^transport/);
  });

  test("more clients than there is room for are refused, until one leaves", async () => {
    await using world = await bench(echo, { clientsMax: 2 });
    const [first] = [await world.connected(), await world.connected({ transports: ["websocket"] })];

    await happened(world.client({ transports: ["polling"] }), "connect_error");
    await happened(world.client({ transports: ["websocket"] }), "connect_error");
    first.disconnect();

    await eventually(() => world.connected());
  });

  test("pages that may come can read the answers, others cannot even connect", async () => {
    await using world = await bench();
    const handshake = `${world.url}/socket.io/?EIO=4&transport=polling`;

    const listed = await knock(handshake, { origin: "https://tools.example" });
    const foreign = await knock(handshake, { origin: "https://evil.example" });

    expect(listed.headers["access-control-allow-origin"]).toBe("https://tools.example");
    expect([foreign.status, JSON.parse(foreign.body)]).toEqual([403, { code: 4, message: expect.any(String) }]);
    expect(foreign.headers["access-control-allow-origin"]).toBeUndefined();
  });

  test("a page from elsewhere comes in with the token, over both transports", async () => {
    await using world = await bench();
    const extraHeaders = { origin: "https://evil.example" };

    await happened(world.client({ extraHeaders }), "connect_error");
    for (const [transport] of TRANSPORTS) {
      const socket = await world.connected({ extraHeaders, transports: [transport], query: { token: TOKEN } });
      expect(await socket.emitWithAck("v1", { command: "a" })).toMatchObject({ status: "success" });
    }
  });

  test.each([["/socket.io/../socket.io/x"], ["/x/../socket.io/?EIO=4&transport=polling"], ["/socket.io/x?EIO=4"]])(
    "%s is answered and ends nothing",
    async (path) => {
      await using world = await bench();
      const { host, port } = new URL(world.url);
      const asking = get({ host: "127.0.0.1", port, path, headers: { host } });
      const [response]: IncomingMessage[] = await once(asking, "response");

      expect(response?.resume().statusCode).toBeGreaterThanOrEqual(400);
      expect((await world.connected()).connected).toBe(true);
    },
  );

  test("close() ends clients and what they wait for, and answers nobody any more", async () => {
    const slow = slowly();
    await using world = await bench(slow.execute);
    const sockets = [await world.connected({ transports: ["polling"] }), await world.connected()];
    const gone = sockets.map((socket) => happened(socket, "disconnect"));
    for (const socket of sockets) for (let count = 0; count < 20; count += 1) socket.emit("v1", { command: "a" });
    await eventually(() => expect(slow.begun.length).toBe(16));

    await world.door.close();

    expect(await Promise.all(gone)).toEqual([expect.stringMatching(/^transport/), expect.stringMatching(/^transport/)]);
    expect(slow.begun.length).toBe(16);
    expect((await knock(`${world.url}/socket.io/?EIO=4&transport=polling`)).status).toBe(503);
  });

  test("close() of a door to which nobody came does nothing", async () => {
    await using world = await bench();

    await expect(world.door.close()).resolves.toBeUndefined();
  });
});
