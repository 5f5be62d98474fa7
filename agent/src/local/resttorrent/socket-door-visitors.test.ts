import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { describe, expect, test } from "vitest";
import { eventually } from "../../../test/eventually.ts";
import { knock } from "../../../test/knock.ts";
import { echo, happened, slowly, socketBench, TOKEN, TRANSPORTS } from "../../../test/socket-bench.ts";

describe("SocketDoor", () => {
  test("more clients than there is room for are refused, until one leaves", async () => {
    await using world = await socketBench(echo, { clientsMax: 2 });
    const [first] = [await world.connected(), await world.connected({ transports: ["websocket"] })];

    await happened(world.client({ transports: ["polling"] }), "connect_error");
    await happened(world.client({ transports: ["websocket"] }), "connect_error");
    first.disconnect();

    await eventually(() => world.connected());
  });

  test("a client that speaks nonsense and then falls silent makes room for another", async () => {
    await using world = await socketBench(echo, { clientsMax: 1 });
    const handshake = `${world.url}/socket.io/?EIO=4&transport=polling`;
    const opened = await (await fetch(handshake)).text();
    const { sid } = JSON.parse(opened.slice(1));

    await fetch(`${handshake}&sid=${sid}`, { method: "POST", body: "4{nonsense" });

    await eventually(async () => expect((await fetch(handshake)).status).toBe(200));
  });

  test("pages that may come can read the answers, others cannot even connect", async () => {
    await using world = await socketBench();
    const handshake = `${world.url}/socket.io/?EIO=4&transport=polling`;

    const listed = await knock(handshake, { origin: "https://tools.example" });
    const foreign = await knock(handshake, { origin: "https://evil.example" });

    expect(listed.headers["access-control-allow-origin"]).toBe("https://tools.example");
    expect([foreign.status, JSON.parse(foreign.body)]).toEqual([403, { code: 4, message: expect.any(String) }]);
    expect(foreign.headers["access-control-allow-origin"]).toBeUndefined();
  });

  test("a page from elsewhere comes in with the token, over both transports", async () => {
    await using world = await socketBench();
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
      await using world = await socketBench();
      const { host, port } = new URL(world.url);
      const asking = get({ host: "127.0.0.1", port, path, headers: { host } });
      const [response]: IncomingMessage[] = await once(asking, "response");

      expect(response?.resume().statusCode).toBeGreaterThanOrEqual(400);
      expect((await world.connected()).connected).toBe(true);
    },
  );

  test("close() ends clients and what they wait for, and answers nobody any more", async () => {
    const slow = slowly();
    await using world = await socketBench(slow.execute);
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
    await using world = await socketBench();

    await expect(world.door.close()).resolves.toBeUndefined();
  });
});
