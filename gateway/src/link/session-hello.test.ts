import { CLOSE_CODES, type JobRef, Policy } from "@modfleet/protocol";
import { expect, test } from "vitest";
import { linkServer } from "../../test/link-server.ts";
import { codeOfRefusal, connectWireAgent, openWire } from "../../test/wire-agent.ts";

const ref: JobRef = { job: "job_00000000000000000001", epoch: 1 };

test("Session welcomes an enrolled agent with what it may keep and its limits", async () => {
  const lost = { job: "job_00000000000000000002", epoch: 3 };
  await using gateway = await linkServer({ actions: { hold: async () => ({ keep: [ref], lost: [lost] }) } });

  await using agent = await gateway.connect();

  expect(agent.welcome).toMatchObject({ protocol: 1, heartbeatMs: 15_000, leaseMs: 90_000, keep: [ref], lost: [lost] });
  expect(Policy.parse(agent.welcome.policy)).toMatchObject({ slots: 16, itemsPerRun: 20 });
});

test("Session closes with unknown_agent for an id that is not enrolled", async () => {
  await using gateway = await linkServer();

  const code = await codeOfRefusal(gateway.connect({ id: "agt_00000000000000000000" }));

  expect(code).toBe(CLOSE_CODES.unknown_agent.code);
});

test("Session closes with revoked for an agent that was revoked", async () => {
  await using gateway = await linkServer();
  const { id, key } = await gateway.enrol({ status: "revoked" });

  expect(await codeOfRefusal(gateway.connect({ id, key }))).toBe(CLOSE_CODES.revoked.code);
});

test("Session closes with bad_signature for another agent's key", async () => {
  await using gateway = await linkServer();
  const [{ id }, { key }] = await Promise.all([gateway.enrol(), gateway.enrol()]);

  expect(await codeOfRefusal(gateway.connect({ id, key }))).toBe(CLOSE_CODES.bad_signature.code);
});

test("Session closes with bad_signature for a hello that was signed for another gateway", async () => {
  await using gateway = await linkServer();

  const code = await codeOfRefusal(gateway.connect({ origin: "https://elsewhere.example" }));

  expect(code).toBe(CLOSE_CODES.bad_signature.code);
});

test("Session refuses a relayed hello although the relay's Host header fits, when the public origin is configured", async () => {
  await using gateway = await linkServer({ publicUrl: "https://mods.example" });
  const host = { host: "relay.example", "x-forwarded-for": "203.0.113.7" };

  const relayed = await codeOfRefusal(gateway.connect({ origin: "http://relay.example", headers: host }));
  const honest = await gateway.connect({ origin: "https://mods.example", headers: host });
  await honest.close();

  expect(relayed).toBe(CLOSE_CODES.bad_signature.code);
});

test("Session refuses a hello that was heard on another line", async () => {
  await using gateway = await linkServer();
  const { id, key } = await gateway.enrol();
  const spied: object[] = [];
  const spy = (hello: object): object => {
    spied.push(hello);
    return hello;
  };
  await using _agent = await connectWireAgent({ url: gateway.url, id, key, tamper: spy });

  const replayed = await codeOfRefusal(connectWireAgent({ url: gateway.url, id, key, tamper: () => spied[0] ?? {} }));

  expect(spied).toHaveLength(1);
  expect(replayed).toBe(CLOSE_CODES.bad_signature.code);
});

test.each([
  ["a known field", { slots: 16 }],
  ["an unknown field", { somethingNew: true }],
  ["an unknown field of a held job", { held: [{ ...ref, stage: "packing", bytes: 1, total: null, note: 1 }] }],
])("Session refuses a hello in which %s was changed after it was signed", async (_, change) => {
  await using gateway = await linkServer();
  const held = [{ ...ref, stage: "packing" as const, bytes: 1, total: null }];

  const code = await codeOfRefusal(gateway.connect({ held, tamper: (hello) => ({ ...hello, ...change }) }));

  expect(code).toBe(CLOSE_CODES.bad_signature.code);
});

test("Session closes with no_common_version when the agent speaks only newer ones", async () => {
  await using gateway = await linkServer();

  expect(await codeOfRefusal(gateway.connect({ protocol: [2, 9] }))).toBe(CLOSE_CODES.no_common_version.code);
});

test("Session closes with too_slow_to_authenticate ten seconds after the challenge", async () => {
  await using gateway = await linkServer();
  const wire = openWire(gateway.url);
  await wire.next("challenge");

  await gateway.tick(9_000);
  expect(wire.socket.readyState).toBe(wire.socket.OPEN);
  await gateway.tick(1_000);

  expect(await wire.closed).toMatchObject({ code: CLOSE_CODES.too_slow_to_authenticate.code });
});

test("Session ignores what a stranger says before its hello, up to a few frames", async () => {
  await using gateway = await linkServer();
  const wire = openWire(gateway.url);
  await wire.next("challenge");

  for (let i = 0; i < 16; i += 1) wire.send(JSON.stringify({ type: "draining" }));
  wire.send(JSON.stringify({ type: "something_new" }));

  expect(await wire.closed).toMatchObject({ code: CLOSE_CODES.bad_frame.code });
  expect(gateway.link.fleet.connected()).toEqual([]);
});
