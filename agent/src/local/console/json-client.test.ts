import { describe, expect, test } from "vitest";
import type { WebSocket } from "ws";
import { type Bench, type Client, consoleBench } from "../../../test/console-bench.ts";
import { FILE } from "../../../test/console-files.ts";
import { heldDownloads } from "../../../test/held-downloads.ts";
import { type ClientMessage, parseClientMessage, ServerMessage, SUBPROTOCOL } from "./messages.ts";
import { addressOf } from "./texts.ts";

type Loose = { type: ClientMessage["type"] } & Record<string, unknown>;

type JsonSide = {
  socket: WebSocket;
  say(...messages: Loose[]): void;
  /** The next messages; each is one that the protocol knows. */
  answers(count: number): Promise<ServerMessage[]>;
  /** Reads until a message that `test` takes, and gives back all up to it. */
  until(test: (message: ServerMessage) => boolean): Promise<ServerMessage[]>;
};

async function jsonClient(bench: Bench): Promise<JsonSide> {
  const client: Client = await bench.client("", { protocol: SUBPROTOCOL });
  const unread: ServerMessage[] = [];
  const read = async (count: number): Promise<void> => {
    const texts = await client.answers(Math.max(0, count - unread.length));
    unread.push(...texts.map((text) => ServerMessage.parse(JSON.parse(text))));
  };
  return {
    socket: client.socket,
    say: (...messages) => client.say(...messages.map((message) => JSON.stringify(message))),
    async answers(count) {
      await read(count);
      return unread.splice(0, count);
    },
    async until(test) {
      const seen: ServerMessage[] = [];
      for (;;) {
        await read(1);
        const [next] = unread.splice(0, 1);
        if (next !== undefined) seen.push(next);
        if (next !== undefined && test(next)) return seen;
      }
    },
  };
}

const isState = (state: string) => (message: ServerMessage) => message.type === "changed" && message.state === state;
const idsOf = ([added]: ServerMessage[]): string[] =>
  added?.type === "added" ? added.results.map((result) => ("id" in result ? result.id : "")) : [];

describe("modfleet.console.v1", () => {
  test("the subprotocol is chosen where it is offered, the plain console speaks without one", async () => {
    await using bench = await consoleBench();

    expect((await jsonClient(bench)).socket.protocol).toBe(SUBPROTOCOL);
    expect((await bench.client()).socket.protocol).toBe("");
  });

  test("add answers each URL by itself, in order", async () => {
    await using bench = await consoleBench();
    const client = await jsonClient(bench);
    const { url } = bench.files;
    const urls = ["urlllll", `${url}/plain/a.bin`, `${url}/404`, `${url}/page`];

    client.say({ type: "add", re: 7, urls });
    const [added] = await client.answers(1);

    expect(added).toMatchObject({ type: "added", re: 7 });
    expect(added?.type === "added" && added.results).toEqual([
      { url: "urlllll", outcome: "format" },
      { url: `${url}/plain/a.bin`, outcome: "accepted", id: expect.any(String) },
      { url: `${url}/404`, outcome: "dead" },
      { url: `${url}/page`, outcome: "page" },
    ]);
  });

  test("watch pushes a download from its first moment to its address, and add knows it afterwards", async () => {
    await using bench = await consoleBench();
    const client = await jsonClient(bench);
    const url = `${bench.files.url}/gated/a.zip`;
    client.say({ type: "watch", re: "w", everyMs: 100 }, { type: "add", urls: [url] });
    expect(await client.until(isState("loading"))).toContainEqual({ type: "ok", re: "w" });
    await client.until((message) => "bytes" in message && message.bytes === FILE.length / 2);

    bench.files.open("a.zip");
    const done = (await client.until(isState("done"))).at(-1);
    const address = addressOf(bench.folder.at("files", "a.zip"));
    expect(done).toMatchObject({ url, bytes: FILE.length, address });

    client.say({ type: "add", urls: [url] }, { type: "list", done: 1 });
    expect(await client.until((message) => message.type === "added")).toContainEqual({
      type: "added",
      results: [{ url, outcome: "already", address }],
    });
  });

  test("pause, resume and cancel steer one download, and everybody who watches sees it", async () => {
    await using bench = await consoleBench({ downloads: heldDownloads() });
    const [client, watcher] = [await jsonClient(bench), await jsonClient(bench)];
    watcher.say({ type: "watch" });
    await watcher.answers(1);
    client.say({ type: "add", urls: ["http://mods.example.org/a", "http://mods.example.org/b"] });
    const [a = "", b = ""] = idsOf(await client.answers(1));

    client.say({ type: "pause", re: 1, id: a }, { type: "resume", re: 2, id: a }, { type: "cancel", re: 3, id: a });
    client.say({ type: "pause", re: 4, id: b }, { type: "list", re: 5 });

    const answers = await client.answers(5);
    expect(answers.slice(0, 4)).toEqual([1, 2, 3, 4].map((re) => ({ type: "ok", re })));
    expect(answers[4]).toMatchObject({ open: [{ id: b, state: "paused" }], done: [], doneTotal: 0 });
    const seen = await watcher.until(isState("cancelled"));
    const states = seen.flatMap((each) => (each.type === "changed" && each.id === a ? [each.state] : []));
    expect(states).toEqual(["waiting", "loading", "paused", "waiting", "cancelled"]);
  });

  test("an add that waits for a silent server holds up no other message", async () => {
    await using bench = await consoleBench();
    const client = await jsonClient(bench);

    client.say({ type: "add", re: "slow", urls: [`${bench.files.url}/never`] }, { type: "list", re: "quick" });

    expect(await client.answers(1)).toMatchObject([{ type: "lists", re: "quick" }]);
  });

  test("unwatch ends the pushes", async () => {
    await using bench = await consoleBench({ downloads: heldDownloads() });
    const client = await jsonClient(bench);

    client.say({ type: "watch" }, { type: "unwatch" }, { type: "add", urls: ["http://mods.example.org/a"] });

    expect((await client.answers(3)).map(({ type }) => type)).toEqual(["ok", "ok", "added"]);
  });

  test("junk is refused with its re where it has one, and the connection goes on", async () => {
    await using bench = await consoleBench();
    const client = await jsonClient(bench);
    const texts = ["nonsense", '{"type":"add","re":5}', '{"type":"format c:"}', "[]", `"${"x".repeat(300_000)}"`];

    for (const text of texts) client.socket.send(text);
    client.socket.send(Buffer.from('{"type":"list"}'));
    client.say({ type: "pause", re: "p", id: "nothing" }, { type: "list", re: "last" });

    const answers = await client.answers(8);
    expect(answers.slice(0, 6).every((each) => each.type === "refused" && each.code === "bad_message")).toBe(true);
    expect(answers[1]).toMatchObject({ re: 5 });
    expect(answers[6]).toMatchObject({ type: "refused", re: "p", code: "unknown_download" });
    expect(answers[7]).toMatchObject({ type: "lists", re: "last" });
  });

  test("a list shows the newest of what is done, and how much there is", async () => {
    await using bench = await consoleBench();
    const client = await jsonClient(bench);
    await bench.send(`${bench.files.url}/plain/a.bin`, `${bench.files.url}/plain/b.bin`);
    client.say({ type: "watch" }, { type: "list" });
    const before = await client.until((message) => message.type === "lists");
    const isThere = before.some((message) => message.type === "lists" && message.doneTotal === 2);
    if (!isThere)
      await client.until((message) => isState("done")(message) && "url" in message && message.url.endsWith("b.bin"));

    client.say({ type: "list", re: "one", done: 1 });

    const lists = (await client.until((message) => "re" in message && message.re === "one")).at(-1);
    expect(lists).toMatchObject({ open: [], done: [{ url: `${bench.files.url}/plain/b.bin` }], doneTotal: 2 });
  });
});

describe("parseClientMessage()", () => {
  test("parseClientMessage() fills in what was left out", () => {
    expect(parseClientMessage('{"type":"list"}')).toEqual({ ok: true, message: { type: "list", done: 100 } });
    expect(parseClientMessage('{"type":"watch"}')).toEqual({ ok: true, message: { type: "watch", everyMs: 500 } });
  });

  test.each([
    ['{"type":"add","urls":[]}'],
    [JSON.stringify({ type: "add", urls: Array(101).fill("http://a.b") })],
    ['{"type":"watch","everyMs":1}'],
    ['{"type":"pause"}'],
    ['{"type":"list","done":-1}'],
    ["null"],
    [""],
  ])("parseClientMessage() refuses %s", (frame) => {
    expect(parseClientMessage(frame)).toMatchObject({ ok: false, why: expect.stringMatching(/./) });
  });
});
