import { CLOSE_CODES, LIMITS } from "@modfleet/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { quietAgentId } from "../../test/quiet-link.ts";
import { type AgentKey, connectWireAgent, newAgentKey, openWire, type Wire } from "../../test/wire-agent.ts";

export type ServedLink = {
  url: string;
  /** Tells the agent big messages until the link refuses. */
  flood(agent: string): Promise<{ told: number; isConnected: boolean }>;
  stop(): Promise<void>;
};

/** What the link promises on every runtime. `serve` hosts a `quietLink` with these keys enrolled. */
export function socketContract(runtime: string, serve: (publicKeys: readonly string[]) => Promise<ServedLink>): void {
  describe(runtime, () => {
    const key = newAgentKey();
    let served: ServedLink;
    beforeAll(async () => {
      served = await serve([key.publicKey]);
    });
    afterAll(() => served.stop());

    describe("frames", () => frames(() => served, key));
    describe("upgrades", () => upgrades(() => served));
  });
}

function frames(served: () => ServedLink, key: AgentKey): void {
  const connect = () => connectWireAgent({ url: served().url, id: quietAgentId(0), key });

  test("Socket carries text both ways", async () => {
    await using agent = await connect();

    agent.say({ type: "beat", leases: [], freeBytes: 1 });

    expect(await agent.next("beaten")).toEqual({ type: "beaten", revoked: [] });
  });

  test("Socket carries text that is not ASCII", async () => {
    await using agent = await connect();

    agent.send(JSON.stringify({ type: "ünï\u{1f9e9}" }));

    expect(await agent.next("unsupported")).toEqual({ type: "unsupported", what: "ünï\u{1f9e9}" });
  });

  test("Socket carries the close code and its text", async () => {
    const older = await connect();
    await using _newer = await connect();

    expect(await older.closed).toEqual({ code: CLOSE_CODES.superseded.code, reason: "superseded" });
  });

  test("Socket stays after a message of an unknown type", async () => {
    await using agent = await connect();

    agent.send('{"type":"from_the_future"}');
    agent.say({ type: "beat", leases: [], freeBytes: 1 });

    expect(await agent.next("unsupported")).toEqual({ type: "unsupported", what: "from_the_future" });
    expect(await agent.next("beaten")).toEqual({ type: "beaten", revoked: [] });
  });

  test.each<[string, string | Uint8Array]>([
    ["binary", Buffer.from('{"type":"draining"}')],
    ["a little too large", JSON.stringify({ type: "x", pad: "x".repeat(LIMITS.frameBytesMax) })],
    ["far too large", "x".repeat(20 * LIMITS.frameBytesMax)],
    ["not JSON", "{"],
    ["without a type", "[]"],
    ["of a known type and a wrong shape", '{"type":"ready","slots":"all"}'],
  ])("Socket closes with bad_frame for a frame that is %s", async (_, frame) => {
    const agent = await connect();

    agent.send(frame);

    expect(await agent.closed).toEqual({ code: CLOSE_CODES.bad_frame.code, reason: "bad_frame" });
  });

  test("Socket of an agent that does not read is closed with slow_consumer", async () => {
    const agent = await connect();
    agent.socket.pause();

    const { told, isConnected } = await served().flood(agent.id);
    agent.socket.resume();

    expect(told).toBeLessThan(10_000);
    expect(isConnected).toBe(false);
    expect(await agent.closed).toMatchObject({ code: CLOSE_CODES.slow_consumer.code });
  });
}

function upgrades(served: () => ServedLink): void {
  const refused = async (headers: Record<string, string>, path?: string): Promise<string> =>
    (await openWire(served().url, { headers, ...(path === undefined ? {} : { path }) }).closed).reason;

  test("Link answers a plain request to its path with 426", async () => {
    const response = await fetch(`${served().url}/agent/v1/link`);

    expect(response.status).toBe(426);
  });

  test("Link refuses other paths with 404 and pages of other origins with 403", async () => {
    expect(await refused({}, "/agent/v1/other")).toContain("404");
    expect(await refused({ origin: "https://evil.example" })).toContain("403");
  });

  test("Link takes 20 strangers of one address and refuses the next with 429, before a WebSocket exists", async () => {
    const address = { "x-forwarded-for": "203.0.113.5" };
    const strangers = await allChallenged(
      Array.from({ length: 20 }, () => openWire(served().url, { headers: address })),
    );

    const reason = await refused(address);
    const elsewhere = openWire(served().url, { headers: { "x-forwarded-for": "203.0.113.6" } });
    await elsewhere.next("challenge");
    await Promise.all([...strangers, elsewhere].map((wire) => wire.close()));
    const again = await allChallenged([openWire(served().url, { headers: address })]);

    expect(reason).toContain("429");
    expect(again[0]?.heard).toHaveLength(1);
    await again[0]?.close();
  });
}

async function allChallenged(wires: readonly Wire[]): Promise<readonly Wire[]> {
  await Promise.all(wires.map((wire) => wire.next("challenge")));
  return wires;
}
