import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { connected, consoleBench } from "../../../test/console-bench.ts";
import { eventually } from "../../../test/eventually.ts";
import { textsFor } from "./texts.ts";

const TEXTS = textsFor(null);
const MIB = 1024 * 1024;

async function closeCode(socket: WebSocket): Promise<number> {
  const [code] = await once(socket, "close");
  return Number(code);
}

describe("openConsole()", () => {
  test("openConsole() answers frames of 1 MiB in the documented form", async () => {
    await using bench = await consoleBench();
    const client = await bench.client();

    client.say("x".repeat(MIB), "start", "x".repeat(MIB), `${bench.files.url}/${"x".repeat(MIB - 100)}`, "end");

    expect(await client.answers(4)).toEqual([TEXTS.unknown, TEXTS.format, TEXTS.format, TEXTS.empty]);
  });

  test.each([
    ["too long", 1009, (socket: WebSocket) => socket.send("x".repeat(3 * MIB))],
    ["not UTF-8", 1007, (socket: WebSocket) => socket.send(Buffer.from([0xc3, 0x28]), { binary: false })],
  ])("openConsole() ends the connection of a text that is %s with %i, and no other", async (_, code, send) => {
    await using bench = await consoleBench();
    const [bad, good] = [await bench.client(), await bench.client()];

    send(bad.socket);

    expect(await closeCode(bad.socket)).toBe(code);
    good.say("hello");
    expect(await good.answers(1)).toEqual([TEXTS.unknown]);
  });

  test("openConsole() takes a command that comes in fragments", async () => {
    await using bench = await consoleBench();
    const client = await bench.client();

    client.socket.send("help_", { fin: false });
    client.socket.send("command", { fin: true });

    expect(await client.answers(6)).toEqual(TEXTS.help);
  });

  test("openConsole() answers thousands of commands at once, in their order", async () => {
    await using bench = await consoleBench();
    const [busy, other] = [await bench.client(), await bench.client()];

    for (let round = 0; round < 2_000; round += 1) busy.say("start", "x", "end", "queue", "hello");
    other.say("hello");

    expect(await other.answers(1)).toEqual([TEXTS.unknown]);
    const heard = await busy.answers(6_000);
    expect(heard).toEqual(Array.from({ length: 2_000 }, () => [TEXTS.format, TEXTS.empty, TEXTS.unknown]).flat());
  });

  test("openConsole() lets no client wait for another one's silent server", async () => {
    await using bench = await consoleBench();
    const [stuck, quick] = [await bench.client(), await bench.client()];

    stuck.say("start", ...Array.from({ length: 20 }, () => `${bench.files.url}/never`), "end");
    quick.say("start", `${bench.files.url}/plain/a.bin`, "end");

    expect(await quick.answers(1)).toEqual([TEXTS.sent]);
    expect(await stuck.answers(0)).toEqual([]);
  });

  test("openConsole() forgets the batch of a client that leaves before its end, and keeps one that was ended", async () => {
    await using bench = await consoleBench();
    const { files } = bench;
    const [gone, hasty] = [await bench.client(), await bench.client()];

    gone.say("start", `${files.url}/plain/gone.bin`);
    await gone.close();
    hasty.say("start", `${files.url}/plain/hasty.bin`, "end");
    hasty.socket.close();

    await eventually(() => expect(bench.console().list.counts()).toEqual({ open: 0, done: 1 }));
    expect([...bench.console().list.done()]).toMatchObject([{ url: `${files.url}/plain/hasty.bin` }]);
  });

  test("openConsole() keeps each client's batch to itself", async () => {
    await using bench = await consoleBench();
    const [one, two] = [await bench.client(), await bench.client("?lang=en")];

    one.say("start");
    two.say("hello");
    one.say("urlllll", "end");

    expect(await one.answers(2)).toEqual([TEXTS.format, TEXTS.empty]);
    expect(await two.answers(1)).toEqual([textsFor("en").unknown]);
  });
});

describe("openConsole() with clients that do not read", () => {
  /** The journal of somebody who has fetched a lot. */
  const manyDone = (path: string, count: number): void => {
    const lines = Array.from({ length: count }, (_, at) => {
      const url = `http://mods.example.org/${"a".repeat(200)}/${at}.zip`;
      return JSON.stringify({ kind: "done", id: `d${at}`, url, path: `/files/${at}.zip`, bytes: 1 });
    });
    writeFileSync(path, `${lines.join("\n")}\n`);
  };

  test("openConsole() says a long list at the pace of its reader, and to the end", async () => {
    await using bench = await consoleBench();
    manyDone(bench.folder.at("console.jsonl"), 5_000);
    await bench.restart();
    const [slow, other] = [await bench.client(), await bench.client()];

    slow.socket.pause();
    slow.say("download", "download", "hello");
    other.say("hello");
    expect(await other.answers(1)).toEqual([TEXTS.unknown]);
    slow.socket.resume();

    const heard = await slow.answers(10_001);
    expect(heard.at(-1)).toBe(TEXTS.unknown);
    expect(new Set(heard.slice(0, 5_000))).toEqual(new Set(heard.slice(5_000, 10_000)));
  });

  test("openConsole() cuts a client that shows no life, and keeps one that does", async () => {
    await using bench = await consoleBench({ lookMs: 250 });
    const [dead, alive] = [await bench.client("", { autoPong: false }), await bench.client()];

    expect(await closeCode(dead.socket)).toBe(1006);
    alive.say("hello");
    expect(await alive.answers(1)).toEqual([TEXTS.unknown]);
  });

  test("openConsole() cuts a client that asks for more than it ever reads", async () => {
    await using bench = await consoleBench({ lookMs: 50 });
    manyDone(bench.folder.at("console.jsonl"), 10_000);
    await bench.restart();
    const stuck = await bench.client();

    stuck.socket.pause();
    stuck.say(...Array.from({ length: 200 }, () => "download"));

    await eventually(() => expect(bench.console().clients()).toBe(0));
    stuck.socket.resume();
    expect(await closeCode(stuck.socket)).toBe(1006);
  });

  test("openConsole() refuses more clients than it can look after", async () => {
    await using bench = await consoleBench();
    await Promise.all(Array.from({ length: 64 }, () => bench.client()));

    const late = new WebSocket(bench.url().replace("http", "ws"));
    const [error] = await once(late, "error");

    expect(String(error)).toContain("503");
  });

  test("close() of a console ends every client with 1001, in the middle of a check too", async () => {
    const bench = await consoleBench();
    const client = await connected(bench.url().replace("http", "ws"), {});
    client.say("start", `${bench.files.url}/never`, "end");
    const closed = closeCode(client.socket);

    await bench[Symbol.asyncDispose]();

    expect(await closed).toBe(1001);
  });
});
