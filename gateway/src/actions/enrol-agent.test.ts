import { randomBytes } from "node:crypto";
import { type Enrol, type IdPrefix, newId } from "@modfleet/protocol";
import { expect, test } from "vitest";
import { testDatabase } from "../../test/database.ts";
import { newAgentKey } from "../../test/wire-agent.ts";
import { AppError } from "../domain/errors.ts";
import { silentLog } from "../log.ts";
import { createAgentStore } from "../store/agents.ts";
import { createInvite } from "./create-invite.ts";
import { enrolAgent } from "./enrol-agent.ts";

async function enrolment({ openEnrolment = false } = {}) {
  const database = await testDatabase();
  let time = 1_000;
  const deps = {
    agents: createAgentStore(database),
    config: { openEnrolment },
    log: silentLog,
    newId: (prefix: IdPrefix) => newId(prefix, randomBytes),
    now: () => time,
    randomBytes: (bytes: number) => randomBytes(bytes),
  };
  return {
    deps,
    database,
    tick: (ms: number) => {
      time += ms;
    },
    [Symbol.asyncDispose]: () => database.close(),
  };
}

const aRequest = (changes: Partial<Enrol> = {}): Enrol => ({
  name: "a",
  publicKey: newAgentKey().publicKey,
  ...changes,
});

/** The codes of those that were refused. */
async function refusals(attempts: readonly Promise<unknown>[]): Promise<string[]> {
  const settled = await Promise.allSettled(attempts);
  return settled.flatMap((one) =>
    one.status === "rejected" && one.reason instanceof AppError ? [one.reason.code] : [],
  );
}

test("enrolAgent() trusts an agent that was invited", async () => {
  await using world = await enrolment();
  const { token } = await createInvite(world.deps, { uses: 1, ttlMs: 1_000 });

  expect(await enrolAgent(world.deps, aRequest({ invite: token }))).toMatchObject({ name: "a", status: "trusted" });
});

test("enrolAgent() lets exactly one of fifty racing agents use an invitation for one", async () => {
  await using world = await enrolment();
  const { token } = await createInvite(world.deps, { uses: 1, ttlMs: 1_000 });

  const attempts = Array.from({ length: 50 }, () => enrolAgent(world.deps, aRequest({ invite: token })));

  expect(await refusals(attempts)).toEqual(Array(49).fill("unauthorized"));
  expect(await world.deps.agents.list()).toHaveLength(1);
});

test("enrolAgent() gives one key one id, however often and at once it asks, for one use", async () => {
  await using world = await enrolment();
  const { token } = await createInvite(world.deps, { uses: 2, ttlMs: 1_000 });
  const request = aRequest({ invite: token });

  const enrolled = await Promise.all(Array.from({ length: 10 }, () => enrolAgent(world.deps, request)));
  const other = await enrolAgent(world.deps, aRequest({ invite: token }));

  expect(new Set(enrolled.map(({ id }) => id)).size).toBe(1);
  expect(other.id).not.toBe(enrolled[0]?.id);
});

test("enrolAgent() knows an enrolled agent again without an invitation that counts", async () => {
  await using world = await enrolment();
  const { token } = await createInvite(world.deps, { uses: 1, ttlMs: 1_000 });
  const request = aRequest({ invite: token });
  const first = await enrolAgent(world.deps, request);
  world.tick(1e9);

  expect(await enrolAgent(world.deps, request)).toEqual(first);
  expect(await enrolAgent(world.deps, { name: "b", publicKey: request.publicKey })).toEqual(first);
});

test("enrolAgent() knows a key by its bytes, however they are written", async () => {
  await using world = await enrolment({ openEnrolment: true });
  const first = await enrolAgent(world.deps, aRequest({ publicKey: "A".repeat(43) }));

  expect(await enrolAgent(world.deps, aRequest({ publicKey: `${"A".repeat(42)}B` }))).toEqual(first);
});

test("enrolAgent() refuses a revoked key, also with a new invitation", async () => {
  await using world = await enrolment();
  const invites = await Promise.all([1, 2].map(() => createInvite(world.deps, { uses: 1, ttlMs: 1_000 })));
  const [first, second] = invites.map(({ token }) => token);
  const request = aRequest({ invite: first ?? "" });
  const { id } = await enrolAgent(world.deps, request);
  await world.deps.agents.setStatus(id, "revoked");

  expect(await refusals([enrolAgent(world.deps, { ...request, invite: second ?? "" })])).toEqual(["forbidden"]);
});

test("enrolAgent() refuses an invitation that is too old and says what to do", async () => {
  await using world = await enrolment();
  const { token } = await createInvite(world.deps, { uses: 1, ttlMs: 1_000 });
  world.tick(1_000);

  await expect(enrolAgent(world.deps, aRequest({ invite: token }))).rejects.toThrow("ask the operator for a new one");
});

test("enrolAgent() refuses an agent without an invitation and says what to do", async () => {
  await using world = await enrolment();

  await expect(enrolAgent(world.deps, aRequest())).rejects.toThrow("set MODFLEET_INVITE");
});

test("enrolAgent() puts an agent without an invitation that counts on probation where enrolment is open", async () => {
  await using world = await enrolment({ openEnrolment: true });

  const agents = [aRequest(), aRequest({ invite: "inv_unknown" })].map((request) => enrolAgent(world.deps, request));

  expect((await Promise.all(agents)).map(({ status }) => status)).toEqual(["probation", "probation"]);
});

test("createInvite() stores nothing that contains the token", async () => {
  await using world = await enrolment();
  const { token, expiresAt } = await createInvite(world.deps, { uses: 5, ttlMs: 60_000 });

  const rows = await world.database.read({ sql: "SELECT * FROM invites" });

  expect(token).toMatch(/^inv_[\w-]{32}$/);
  expect(JSON.stringify(rows)).not.toContain(token);
  expect(rows).toMatchObject([{ uses_left: 5, created_at: 1_000, expires_at: expiresAt }]);
});
