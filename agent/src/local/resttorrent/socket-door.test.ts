import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { eventually } from "../../../test/eventually.ts";
import {
  type Execute,
  echo,
  FILE_BYTES_MAX,
  happened,
  heardBy,
  slowly,
  socketBench,
  TRANSPORTS,
} from "../../../test/socket-bench.ts";
import { fail, type Parameters } from "./rest-torrent.ts";

describe.each(TRANSPORTS)("SocketDoor over %s", (transport) => {
  const transports = [transport];

  test("a command is answered to its acknowledgement, with its t_id", async () => {
    await using world = await socketBench();
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
    await using world = await socketBench();
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
    await using world = await socketBench(keep);
    const socket = await world.connected({ transports });
    const bytes = randomBytes(FILE_BYTES_MAX);

    await socket.emitWithAck("v1", { command: "upload_torrent", file: bytes, save_path: "a" });

    expect(Buffer.isBuffer(file) && file.equals(bytes)).toBe(true);
  });

  test("what is larger than any file ends its connection and nothing else", async () => {
    await using world = await socketBench();
    const [socket, other] = [await world.connected({ transports }), await world.connected({ transports })];
    const gone = happened(socket, "disconnect");

    socket.emit("v1", { command: "upload_torrent", file: Buffer.alloc(4 * FILE_BYTES_MAX) });

    expect(await gone).toMatch(/^transport/);
    expect(await other.emitWithAck("v1", { command: "a" })).toMatchObject({ status: "success" });
  });

  test("a thousand commands at once have a thousand answers", async () => {
    await using world = await socketBench();
    const socket = await world.connected({ transports });
    const ids = Array.from({ length: 1_000 }, (_, id) => id);

    const answers: unknown[] = await Promise.all(ids.map((t_id) => socket.emitWithAck("v1", { t_id, command: "a" })));

    expect(answers).toEqual(ids.map((t_id) => ({ status: "success", command: "a", parameters: {}, t_id })));
  });

  test("more commands than may wait are refused, each with its t_id, and none is lost", async () => {
    const slow = slowly();
    await using world = await socketBench(slow.execute, { waitingMax: 10 });
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
      await using world = await socketBench(async () => ({ status: "success" }));
      const socket = await world.connected();

      const answer: unknown = await socket.emitWithAck("v1", { t_id, command: "a" });

      expect(answer).toStrictEqual({ status: "success", t_id });
    },
  );

  test("without a t_id there is none in the answer", async () => {
    await using world = await socketBench(async () => fail("command.unknown", "No"));
    const socket = await world.connected();

    const answer: unknown = await socket.emitWithAck("v1", { command: "a" });

    expect(answer).toStrictEqual({ status: "fail", error: { code: "command.unknown", message: "No" } });
  });

  test.each([["text"], [5], [null], [[{ command: "a" }]], [Buffer.from("bytes")], [true]])(
    "%j is no command and is refused",
    async (message) => {
      await using world = await socketBench();
      const socket = await world.connected();

      const answer: unknown = await socket.emitWithAck("v1", message);

      expect(answer).toMatchObject({ status: "fail", error: { code: "parameter.invalid" } });
    },
  );

  test("an event with nothing in it is refused, with an acknowledgement and without", async () => {
    await using world = await socketBench();
    const socket = await world.connected();
    const heard = heardBy(socket);

    socket.emit("v1");

    expect(await socket.emitWithAck("v1")).toMatchObject({ error: { code: "parameter.invalid" } });
    expect(heard).toMatchObject([{ error: { code: "parameter.invalid" } }]);
  });

  test.each([[undefined], [5], [{}], [["a"]]])("the command %j is unknown", async (command) => {
    await using world = await socketBench();
    const socket = await world.connected();

    const answer: unknown = await socket.emitWithAck("v1", { t_id: 1, command });

    expect(answer).toMatchObject({ status: "fail", error: { code: "command.unknown" }, t_id: 1 });
  });

  test("a frame that is nested a hundred thousand times is refused, and the agent lives on", async () => {
    await using door = await socketBench();
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
    await using world = await socketBench(async () => {
      throw new Error("secret detail");
    });
    const socket = await world.connected();

    const answer: unknown = await socket.emitWithAck("v1", { t_id: 1, command: "a" });

    expect(answer).toMatchObject({ status: "fail", error: { code: "agent.failed" }, t_id: 1 });
    expect(JSON.stringify(answer)).not.toContain("secret");
  });

  test("a slow command holds up neither its neighbours nor other clients", async () => {
    const slow = slowly();
    await using world = await socketBench((command, ...rest) =>
      (command === "slow" ? slow.execute : echo)(command, ...rest),
    );
    const [socket, other] = [await world.connected(), await world.connected()];
    const waiting = socket.emitWithAck("v1", { command: "slow" });

    expect(await socket.emitWithAck("v1", { command: "quick" })).toMatchObject({ command: "quick" });
    expect(await other.emitWithAck("v1", { command: "quick" })).toMatchObject({ command: "quick" });
    slow.release();
    expect(await waiting).toMatchObject({ command: "slow" });
  });

  test("what a client asked for is done although it leaves", async () => {
    const slow = slowly();
    await using world = await socketBench(slow.execute);
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
    await using world = await socketBench(slow.execute);
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
    await using world = await socketBench(async () => ({ status: "success", large }), { waitingMax: 1 });
    const socket = await world.connected({ transports: ["polling"] });
    const gone = happened(socket, "disconnect");
    const url = `${world.url}/socket.io/?EIO=4&transport=polling&sid=${socket.io.engine.id}`;

    const body = Array.from({ length: 5_000 }, () => `42["v1",{"command":"a"}]`).join("\x1e");
    await fetch(url, { method: "POST", body });

    expect(await gone).toMatch(/^transport/);
  });
});
