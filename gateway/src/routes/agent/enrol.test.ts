import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { type IdPrefix, LIMITS, newId } from "@modfleet/protocol";
import { expect, test } from "vitest";
import { testDatabase } from "../../../test/database.ts";
import { listen } from "../../../test/listen.ts";
import { agreeable } from "../../../test/quiet-link.ts";
import { testConfig } from "../../../test/test-config.ts";
import { connectWireAgent, newAgentKey } from "../../../test/wire-agent.ts";
import { createInvite } from "../../actions/create-invite.ts";
import { createRate } from "../../domain/rate.ts";
import { createBells } from "../../link/bells.ts";
import { createLinkWith } from "../../link/link.ts";
import { acceptNodeUpgrades } from "../../link/node-upgrade.ts";
import { silentLog } from "../../log.ts";
import { createAgentStore } from "../../store/agents.ts";
import { createApi } from "../api.ts";
import { onError } from "../on-error.ts";
import { requestContext } from "../request-context.ts";
import { enrol } from "./enrol.ts";

async function door() {
  const database = await testDatabase();
  const deps = {
    agents: createAgentStore(database),
    bells: createBells({ log: silentLog }),
    config: testConfig(),
    limits: LIMITS,
    log: silentLog,
    newId: (prefix: IdPrefix) => newId(prefix, randomBytes),
    now: () => 1_000,
    random: () => 0.5,
    randomBytes: (bytes: number) => randomBytes(bytes),
    enrolments: createRate({ burst: 3, everyMs: 60_000 }),
  };
  const api = createApi();
  api.onError(onError);
  api.use(requestContext(deps));
  enrol(api, deps);
  const post = (body: unknown, from = "203.0.113.7") =>
    api.request(
      "/agent/v1/enrol",
      {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: typeof body === "string" ? body : JSON.stringify(body),
      },
      { remoteAddr: { hostname: from } },
    );
  const invite = async (): Promise<string> => (await createInvite(deps, { uses: 1, ttlMs: 60_000 })).token;
  return { deps, api, post, invite, [Symbol.asyncDispose]: () => database.close() };
}

test("POST /agent/v1/enrol answers with the agent's id, again after the invitation is used up", async () => {
  await using gateway = await door();
  const body = { invite: await gateway.invite(), name: "a", publicKey: newAgentKey().publicKey, later: "unknown" };

  const answers = [await gateway.post(body), await gateway.post(body)];
  const [first, second] = await Promise.all(answers.map((answer) => answer.json()));

  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  expect(first).toEqual({ agent: expect.stringMatching(/^agt_/), status: "trusted" });
  expect(second).toEqual(first);
});

test.each([
  ["not JSON", "{", 400],
  ["a key that is none", { name: "a", publicKey: "short" }, 400],
  ["a name of blanks", { name: "  ", publicKey: "A".repeat(43) }, 400],
  ["no invitation", { name: "a", publicKey: "A".repeat(43) }, 401],
  ["a body beyond 4 KiB", { name: "a", publicKey: "A".repeat(43), pad: "x".repeat(5_000) }, 413],
])("POST /agent/v1/enrol refuses %s", async (_, body, status) => {
  await using gateway = await door();

  const response = await gateway.post(body);

  expect(response.status).toBe(status);
  expect(response.headers.get("content-type")).toContain("application/problem+json");
  expect(await gateway.deps.agents.list()).toEqual([]);
});

test("POST /agent/v1/enrol names the field that is wrong", async () => {
  await using gateway = await door();

  const problem: unknown = await (await gateway.post({ name: "a", publicKey: "short" })).json();

  expect(problem).toMatchObject({ errors: [{ field: "publicKey", rule: "Must be 32 bytes in base64url" }] });
});

test("POST /agent/v1/enrol refuses a revoked key with 403", async () => {
  await using gateway = await door();
  const body = { invite: await gateway.invite(), name: "a", publicKey: newAgentKey().publicKey };
  const { agent } = await (await gateway.post(body)).json();
  await gateway.deps.agents.setStatus(agent, "revoked");

  expect((await gateway.post(body)).status).toBe(403);
});

test("POST /agent/v1/enrol lets one public address try only so often", async () => {
  await using gateway = await door();
  const body = { name: "a", publicKey: "A".repeat(43) };
  const statuses: number[] = [];

  for (const from of ["2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8::4", "2001:db8:0:1::1"])
    statuses.push((await gateway.post(body, from)).status);
  const refused = await gateway.post(body, "2001:db8::1");

  expect(statuses).toEqual([401, 401, 401, 429, 401]);
  expect(refused.headers.get("retry-after")).toBe("60");
});

test("POST /agent/v1/enrol admits an agent that then connects, over one real port", async () => {
  await using gateway = await door();
  const server = createServer(getRequestListener(gateway.api.fetch, { overrideGlobalObjects: false }));
  const link = createLinkWith(gateway.deps, agreeable);
  const stop = acceptNodeUpgrades(server, link);
  const { url, close } = await listen(server);

  const agent = await connectWireAgent({ url, invite: await gateway.invite(), name: "real" });
  const connected = link.fleet.connected();
  await agent.close();
  stop();
  await close();

  expect(connected).toMatchObject([{ agent: agent.id, name: "real" }]);
});
