import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { Secret } from "@modfleet/protocol";
import { describe, expect, test } from "vitest";
import { consoleBench } from "../../test/console-bench.ts";
import { knock as ask, HANDSHAKE } from "../../test/knock.ts";

/** The status of a WebSocket handshake with these headers. */
async function knock(url: string, headers: Record<string, string> = {}): Promise<number> {
  return (await ask(url, { ...HANDSHAKE, ...headers })).status;
}

describe("upgradeTo()", () => {
  test("upgradeTo() lets programs in, and this port's own pages", async () => {
    await using bench = await consoleBench();
    const { host } = new URL(bench.url());

    expect(await knock(bench.url())).toBe(101);
    expect(await knock(bench.url(), { origin: `http://${host}` })).toBe(101);
    expect(await knock(bench.url(), { host: "localhost:1" })).toBe(101);
  });

  test("upgradeTo() refuses web pages from elsewhere before the handshake", async () => {
    await using bench = await consoleBench();

    expect(await knock(bench.url(), { origin: "https://evil.example" })).toBe(403);
    expect(await knock(bench.url(), { origin: "null" })).toBe(403);
    expect(await knock(bench.url(), { origin: "http://127.0.0.1:1" })).toBe(403);
  });

  test.each([["https://tools.example"], ["*"]])(
    "upgradeTo() lets a page in that MODFLEET_LOCAL_ORIGINS %s names",
    async (origin) => {
      await using bench = await consoleBench({ origins: [origin] });

      expect(await knock(bench.url(), { origin: "https://tools.example" })).toBe(101);
    },
  );

  test("upgradeTo() lets any page in that knows the token, to the same console as everybody", async () => {
    await using bench = await consoleBench({ token: new Secret("a token of this test") });
    const headers = { origin: "https://evil.example" };

    expect(await knock(`${bench.url()}/?token=another+token`, headers)).toBe(403);
    const client = await bench.client("?lang=en&token=a+token+of+this+test", { headers });
    client.say("end");

    expect(await client.answers(1)).toEqual(["There is no such command."]);
  });

  test("upgradeTo() refuses a host name that is not ours, whatever the origin", async () => {
    await using bench = await consoleBench({ origins: ["*"] });

    expect(await knock(bench.url(), { host: "evil.example", origin: "http://evil.example" })).toBe(421);
  });

  test("upgradeTo() has nothing on other paths", async () => {
    await using bench = await consoleBench();

    expect(await knock(`${bench.url()}/api/status`)).toBe(404);
    expect(await knock(`${bench.url()}/?strict=1&lang=en`)).toBe(101);
  });

  test("a request for another protocol is answered as if it had not asked", async () => {
    await using bench = await consoleBench();

    expect(await knock(`${bench.url()}/healthz`, { upgrade: "h2c" })).toBe(200);
  });

  test("a target that is no path is refused and ends nothing", async () => {
    await using bench = await consoleBench();
    const socket = connect(Number(new URL(bench.url()).port), "127.0.0.1");
    await once(socket, "connect");

    socket.end("GET // HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");

    expect(await text(socket)).toMatch(/^HTTP\/1\.1 404 /);
    expect(await knock(bench.url())).toBe(101);
  });
});
