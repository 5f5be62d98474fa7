import { randomBytes } from "node:crypto";
import { Command } from "commander";
import { expect, test } from "vitest";
import { aClaimedJob } from "../../test/claimed.ts";
import { jobWorld } from "../../test/job-deps.ts";
import { AGENT_A } from "../../test/jobs.ts";
import { hashInvite } from "../actions/create-invite.ts";
import { createAgentStore } from "../store/agents.ts";
import type { AdminDeps } from "./admin-context.ts";
import { registerAgents } from "./agents.ts";
import { parseDuration, registerInvite } from "./invite.ts";

/** The commands over rows in memory; `run` answers with the lines on stdout. */
async function adminConsole() {
  const world = await jobWorld();
  const agents = createAgentStore(world.database);
  const deps: AdminDeps = { ...world.deps, agents, randomBytes: (bytes) => randomBytes(bytes) };
  async function run(...argv: string[]): Promise<string[]> {
    const lines: string[] = [];
    const program = new Command().exitOverride().configureOutput({ writeErr: () => {} });
    const context = {
      withDeps: <R>(use: (given: AdminDeps) => Promise<R>) => use(deps),
      print: (line: string) => void lines.push(line),
    };
    registerInvite(program, context);
    registerAgents(program, context);
    await program.parseAsync(argv, { from: "user" });
    return lines;
  }
  return { world, agents, run, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}

test("invite prints a token as its only line and stores how often and how long it counts", async () => {
  await using admin = await adminConsole();

  const [token = "", ...more] = await admin.run("invite", "--uses", "3", "--ttl", "2h");
  const rows = await admin.world.database.read({ sql: "SELECT * FROM invites" });

  expect(more).toEqual([]);
  expect(rows).toEqual([{ hash: hashInvite(token), uses_left: 3, created_at: 1_000_000, expires_at: 8_200_000 }]);
});

test("invite lets one agent in within a day unless told otherwise", async () => {
  await using admin = await adminConsole();

  await admin.run("invite");

  const rows = await admin.world.database.read({ sql: "SELECT uses_left, expires_at FROM invites" });
  expect(rows).toEqual([{ uses_left: 1, expires_at: 87_400_000 }]);
});

test.each([
  ["90s", 90_000],
  ["90m", 5_400_000],
  ["24h", 86_400_000],
  ["365d", 31_536_000_000],
])("parseDuration() of %s is %d ms", (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(["", "0h", "24", "h", "-1h", "1.5h", "366d", "1w", "1 h", "999999999d"])(
  "parseDuration() refuses %j",
  (junk) => {
    expect(() => parseDuration(junk)).toThrow("Must be a number and s, m, h or d");
  },
);

test.each([
  [["invite", "--uses", "0"], "whole number"],
  [["invite", "--uses", "many"], "whole number"],
  [["invite", "--ttl", "soon"], "s, m, h or d"],
  [["agents", "revoke", "42"], "agt_"],
  [["agents", "revoke"], "id"],
])("%j is refused with the rule", async (argv, rule) => {
  await using admin = await adminConsole();

  await expect(admin.run(...argv)).rejects.toThrow(rule);
  expect(await admin.world.database.read({ sql: "SELECT * FROM invites" })).toEqual([]);
});

test("agents lists every agent on one line, without characters that move the cursor", async () => {
  await using admin = await adminConsole();
  const row = { publicKey: "k", status: "probation", enrolledAt: 1, lastSeenAt: null } as const;
  await admin.agents.insert({ ...row, id: AGENT_A, name: "a\u001b[2Jb" });
  await admin.agents.touch([{ agent: AGENT_A, engines: ["workshop"] }], 86_400_000);

  expect(await admin.run("agents")).toEqual([`${AGENT_A}\tprobation\t1970-01-02T00:00:00.000Z\ta?[2Jb`]);
});

test("agents trust ends a probation and agents revoke gives the agent's work to others", async () => {
  await using admin = await adminConsole();
  const row = { publicKey: "k", status: "probation", enrolledAt: 1, lastSeenAt: null } as const;
  await admin.agents.insert({ ...row, id: AGENT_A, name: "a" });
  const job = await aClaimedJob(admin.world);

  const trusted = await admin.run("agents", "trust", AGENT_A);
  const revoked = await admin.run("agents", "revoke", AGENT_A);

  expect(trusted).toEqual([`${AGENT_A}\ttrusted\tnever seen\ta`]);
  expect(revoked).toEqual([`${AGENT_A}\trevoked\tnever seen\ta`]);
  expect(await admin.world.deps.jobs.find(job.id)).toMatchObject({ state: "queued" });
});
