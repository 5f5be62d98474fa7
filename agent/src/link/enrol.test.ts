import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { Secret } from "@modfleet/protocol";
import { describe, expect, test } from "vitest";
import { enrol } from "./enrol.ts";

const AGENT = "agt_00000000000000000001";

/** A server that always answers the same. */
async function answering(status: number, body: string, headers: Record<string, string> = {}) {
  const bodies: string[] = [];
  const listener: RequestListener = async (request, response) => {
    bodies.push(String(Buffer.concat(await Array.fromAsync<Buffer>(request))));
    response.writeHead(status, headers).end(body);
  };
  const server = createServer((request, response) => void listener(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const dispose = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${port}`, bodies, [Symbol.asyncDispose]: dispose };
}

const ask = (gateway: string, invite: Secret | null = null) =>
  enrol({ gateway, invite, name: "box", publicKey: "k".repeat(43), signal: AbortSignal.timeout(10_000) });

describe("enrol()", () => {
  test("enrol() sends its public key and the invitation, and gets its id", async () => {
    await using gateway = await answering(200, JSON.stringify({ agent: AGENT, status: "trusted" }));

    expect(await ask(gateway.url, new Secret("inv_1"))).toEqual({ kind: "enrolled", agent: AGENT });
    expect(JSON.parse(gateway.bodies[0] ?? "")).toEqual({ invite: "inv_1", name: "box", publicKey: "k".repeat(43) });
  });

  test("enrol() says nothing of an invitation where it has none", async () => {
    await using gateway = await answering(200, JSON.stringify({ agent: AGENT }));

    await ask(gateway.url);

    expect(JSON.parse(gateway.bodies[0] ?? "")).not.toHaveProperty("invite");
  });

  test.each([400, 401, 403])("enrol() is refused for good with %i, in the gateway's words", async (status) => {
    await using gateway = await answering(status, JSON.stringify({ title: "No", detail: "The invitation ran out" }));

    expect(await ask(gateway.url)).toEqual({ kind: "refused", detail: "The invitation ran out" });
  });

  test.each([
    ["an overloaded gateway", 503, "{}", "HTTP 503"],
    ["a limit", 429, "{}", "HTTP 429"],
    ["something that is no gateway yet", 404, "Not found", "HTTP 404"],
    ["a page of a provider", 200, "<html>Please log in</html>", "The answer is not from a gateway"],
    ["an id of another kind", 200, '{"agent":"job_1"}', "The answer is not from a gateway"],
  ])("enrol() may try again after %s", async (_name, status, body, detail) => {
    await using gateway = await answering(status, body);

    expect(await ask(gateway.url)).toEqual({ kind: "unreachable", detail });
  });

  test("enrol() does not take its invitation elsewhere", async () => {
    await using elsewhere = await answering(200, JSON.stringify({ agent: AGENT }));
    await using gateway = await answering(307, "", { location: `${elsewhere.url}/agent/v1/enrol` });

    expect((await ask(gateway.url, new Secret("inv_1"))).kind).toBe("unreachable");
    expect(elsewhere.bodies).toEqual([]);
  });

  test("enrol() names why nobody is there", async () => {
    expect(await ask("http://127.0.0.1:9")).toMatchObject({
      kind: "unreachable",
      detail: expect.stringMatching(/bad port|ECONNREFUSED/),
    });
  });
});
