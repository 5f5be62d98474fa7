import type { LookupAddress } from "node:dns";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type LookupFunction } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { serve, serving } from "../../../test/http-file-server.ts";
import { HTTP_LIMITS } from "../options.ts";
import { createHostSeats } from "./host-seats.ts";
import { createSourceAgent, openSource } from "./open-source.ts";
import { guardedLookup } from "./public-address.ts";

const { signal } = new AbortController();
const fixture = (name: string): Buffer => readFileSync(new URL(`fixtures/${name}`, import.meta.url));

async function opened(url: string, { allowPrivate = true } = {}) {
  const agent = createSourceAgent(allowPrivate, HTTP_LIMITS);
  onTestFinished(() => agent.destroy());
  const seat = await createHostSeats().take("a", 1, signal);
  const reach = { agent, allowPrivate, limits: HTTP_LIMITS, seat, signal };
  const response = await openSource(url, { ...reach, method: "GET", headers: {} });
  await response.body.dump();
  return response;
}

const redirectTo = (location: string) =>
  serving((_, response) => void response.writeHead(302, { location }).end("moved"));

describe("openSource()", () => {
  test("openSource() follows redirects, and tells where they led", async () => {
    const target = await serving(serve("content"));
    const { url } = await redirectTo(target.url);

    const response = await opened(url);

    expect([response.statusCode, response.url.href]).toEqual([200, target.url]);
  });

  test.each([
    ["to itself, for ever", "/", "redirects"],
    ["to a file", "file:///etc/passwd", "file:"],
    ["to another protocol", "ftp://a.test/", "ftp:"],
    ["to nothing", "http://", "nowhere"],
  ])("openSource() refuses a redirect %s", async (_, location, message) => {
    const { url } = await redirectTo(location);

    await expect(opened(url)).rejects.toThrow(message);
  });

  test.each(["http://127.0.0.1:1/", "http://[::1]:1/", "http://169.254.169.254/latest", "http://localhost:1/"])(
    "openSource() refuses to be led to %s",
    async (url) => {
      await expect(opened(url, { allowPrivate: false })).rejects.toThrow("private");
    },
  );

  test("openSource() refuses a certificate that nobody vouches for", async () => {
    const tls = { key: fixture("self-signed-key.txt"), cert: fixture("self-signed-cert.txt") };
    const { url, requests } = await serving(serve("content"), tls);

    await expect(opened(url)).rejects.toMatchObject({ code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
    expect(requests).toEqual([]);
  });
});

describe("guardedLookup()", () => {
  const answering = (answers: LookupAddress[][]): LookupFunction =>
    guardedLookup((_, __, callback) => callback(null, answers.shift() ?? []));
  const ip = (address: string): LookupAddress => ({ address, family: 4 });

  async function connecting(lookup: LookupFunction, port: number): Promise<string> {
    const socket = connect({ host: "rebinding.test", port, lookup });
    onTestFinished(() => void socket.destroy());
    return await once(socket, "connect").then(
      () => "connected",
      (error: Error) => error.name,
    );
  }

  test("guardedLookup() decides anew for each connection, whatever a name said before", async () => {
    const { url } = await serving(serve("content"));
    const port = Number(new URL(url).port);
    const lookup = answering([[ip("127.0.0.1")], [ip("8.8.8.8"), ip("127.0.0.1")], []]);

    const results = [];
    for (let turn = 0; turn < 3; turn += 1) results.push(await connecting(lookup, port));

    expect(results).toEqual(["PrivateAddressError", "PrivateAddressError", "PrivateAddressError"]);
  });

  test("guardedLookup() hands public addresses on", async () => {
    const found = await new Promise((resolve) => {
      answering([[ip("8.8.8.8")]])("a.test", { all: false }, (error, address) => resolve(error ?? address));
    });

    expect(found).toBe("8.8.8.8");
  });
});
