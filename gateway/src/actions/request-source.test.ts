import type { Source } from "@modfleet/protocol";
import { expect, test } from "vitest";
import { anItem } from "../../test/items.ts";
import { aConnected, type JobWorld, jobWorld } from "../../test/job-deps.ts";
import { AGENT_A, aResult } from "../../test/jobs.ts";
import { AppError } from "../domain/errors.ts";
import { changeJob } from "./change-job.ts";
import { requestMod } from "./request-mod.ts";
import { requestSource } from "./request-source.ts";

const FILE: Source = { kind: "http", url: "https://host.example/Big%20map.zip" };
const NAMED: Source = { ...FILE, sha256: "a".repeat(64) };
const TORRENT: Source = { kind: "torrent", magnet: `magnet:?xt=urn:btih:${"b".repeat(40)}&dn=Maps` };
const MINUTE = 60_000;

const request = (world: JobWorld, source: Source, requester = "alice") =>
  requestSource(world.deps, { source, requester });

async function worldWithAgent(): Promise<JobWorld> {
  const world = await jobWorld({ startAt: 1_700_000_000_000 });
  world.connected.push(aConnected({ engines: ["http", "torrent"] }));
  world.deps.steam.item = async () => expect.fail("Steam was asked");
  // What the memory keeps of an archive is its size.
  world.deps.blobs.size = async () => aResult().bytes;
  return world;
}

async function jobOf(world: JobWorld, source: Source) {
  const answer = await request(world, source);
  if (answer.kind !== "queued") throw new Error(`It is ${answer.kind}`);
  return answer.job;
}

/** What an agent and the verification make of the job: this version, served. */
async function deliver(world: JobWorld, id: string, key: string): Promise<void> {
  const { deps } = world;
  const { agent, network } = aConnected();
  await changeJob(deps, id, { event: { type: "claimed", agent, network } });
  await changeJob(deps, id, { event: { type: "finished", result: aResult() } });
  const { sha256, bytes, tree } = aResult();
  const mod = (await deps.jobs.find(id))?.mod ?? "";
  const at = deps.now();
  const archive = { sha256, bytes, tree, unpackedBytes: 10, entries: 1 };
  const provenance = { agent: AGENT_A, tool: "http", manifest: key, fetchedAt: at };
  const also = () => [
    ...deps.catalogue.publishStatements({ mod, key, archive, sourceUpdatedAt: at, at, provenance }),
    ...deps.catalogue.deliveredStatements({ mod, key, archive, at }),
  ];
  await changeJob(deps, id, { event: { type: "verified", version: key }, also });
}

async function fail(world: JobWorld, id: string): Promise<void> {
  const failure = { code: "source_not_found", detail: "404" } as const;
  const { agent } = aConnected();
  await changeJob(world.deps, id, { event: { type: "claimed", agent, network: "192.0.2.1" } });
  const epoch = (await world.deps.jobs.find(id))?.epoch ?? 0;
  const event = { type: "failed", agent, epoch, network: "192.0.2.1", failure, confirmed: true, random: 0 } as const;
  await changeJob(world.deps, id, { event });
}

test("requestSource() queues a file under a new id, with the name in its address", async () => {
  await using world = await worldWithAgent();

  const answer = await request(world, FILE);

  expect(answer).toMatchObject({
    ...{ kind: "queued", created: true, updating: false, damaged: false, failedBefore: false },
    job: { state: "queued", mod: "1000000000000000", source: FILE, version: "latest", expectedBytes: null },
  });
  expect(await world.deps.catalogue.findMod("1000000000000000")).toMatchObject({ name: "Big map.zip", origin: "http" });
  expect(await world.deps.shelf.findShelfMod("1000000000000000")).toBeNull();
});

test("requestSource() makes one job and one mod of fifty who ask at once, in whatever words", async () => {
  await using world = await worldWithAgent();
  const spelled = ["https://HOST.example/Big map.zip", "https://host.example:443/Big%20map.zip#top"];

  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, n) => request(world, { kind: "http", url: spelled[n % 2] ?? "" }, `r${n}`)),
  );

  expect(answers.filter((answer) => answer.kind === "queued" && answer.created)).toHaveLength(1);
  expect(new Set(answers.map((answer) => (answer.kind === "queued" ? answer.job.id : answer.kind))).size).toBe(1);
  expect(await world.database.read({ sql: "SELECT count(*) AS n FROM mods" })).toEqual([{ n: 1 }]);
});

test("requestSource() serves what was seen a moment ago and asks the source again after a quarter of an hour", async () => {
  await using world = await worldWithAgent();
  const { id } = await jobOf(world, FILE);
  await deliver(world, id, "one");

  const young = await request(world, FILE);
  world.tick(15 * MINUTE);
  const old = await request(world, FILE);

  expect(young).toMatchObject({ kind: "ready", isOutdated: false, mod: { current: { key: "one" } } });
  expect(old).toMatchObject({ kind: "queued", created: true, updating: true, job: { expectedBytes: null } });
  if (old.kind !== "queued") return;
  await deliver(world, old.job.id, "one");
  expect(await request(world, FILE)).toMatchObject({ kind: "ready", isOutdated: false });
});

test.each([
  ["a torrent", TORRENT, "b".repeat(40)],
  ["a file with its hash", NAMED, "a".repeat(64)],
])("requestSource() serves %s for ever", async (_, source, key) => {
  await using world = await worldWithAgent();
  const job = await jobOf(world, source);
  expect(job.version).toBe(key);
  await deliver(world, job.id, key);
  world.tick(1_000 * 24 * 60 * MINUTE);
  world.connected.length = 0;

  expect(await request(world, source)).toMatchObject({ kind: "ready", isOutdated: false });
});

test("requestSource() fetches again what is named and was lost", async () => {
  await using world = await worldWithAgent();
  const { id } = await jobOf(world, TORRENT);
  await deliver(world, id, "b".repeat(40));
  world.deps.blobs.size = async () => null;

  expect(await request(world, TORRENT)).toMatchObject({
    kind: "queued",
    created: true,
    updating: false,
    damaged: true,
    job: { expectedBytes: 10 },
  });
});

test("requestSource() gives whoever looked before a job's end what it left", async () => {
  await using world = await worldWithAgent();
  const { id } = await jobOf(world, FILE);
  const { findBySource } = world.deps.catalogue;
  world.deps.catalogue.findBySource = async (source) => {
    const before = await findBySource(source);
    world.deps.catalogue.findBySource = findBySource;
    await deliver(world, id, "one");
    return before;
  };

  expect(await request(world, FILE)).toMatchObject({ kind: "ready", mod: { current: { key: "one" } } });
});

test("requestSource() remembers a final failure for its time, and serves an older copy meanwhile", async () => {
  await using world = await worldWithAgent();
  await fail(world, (await jobOf(world, FILE)).id);
  expect(await request(world, FILE)).toMatchObject({ kind: "failed", job: { failure: { code: "source_not_found" } } });

  world.tick(60 * MINUTE);
  const again = await request(world, FILE);
  expect(again).toMatchObject({ kind: "queued", created: true, failedBefore: true });
  if (again.kind !== "queued") return;
  await deliver(world, again.job.id, "one");
  world.tick(16 * MINUTE);
  await fail(world, (await jobOf(world, FILE)).id);

  expect(await request(world, FILE)).toMatchObject({ kind: "ready", isOutdated: true });
});

test("requestSource() tries again at once when further addresses of the same content are named", async () => {
  await using world = await worldWithAgent();
  await fail(world, (await jobOf(world, NAMED)).id);
  const mirrored: Source = { ...NAMED, mirrors: ["https://mirror.example/map.zip"] };

  expect(await request(world, NAMED)).toMatchObject({ kind: "failed" });
  expect(await request(world, mirrored)).toMatchObject({ kind: "queued", created: true, job: { source: mirrored } });
});

test("requestSource() adds the trackers of whoever joins to what is tried next, and takes none away", async () => {
  await using world = await worldWithAgent();
  const magnet = (tracker: string): Source => ({
    kind: "torrent",
    magnet: `magnet:?xt=urn:btih:${"b".repeat(40)}&tr=${tracker}`,
  });
  const one = "udp%3A%2F%2Fone.example%3A1";
  const two = "udp%3A%2F%2Ftwo.example%3A2";
  const { id, mod } = await jobOf(world, magnet(one));
  const whole = magnet(`${one}&tr=${two}`);

  expect(await request(world, magnet(two), "bob")).toMatchObject({
    kind: "queued",
    created: false,
    job: { id, source: whole },
  });
  expect(await request(world, magnet(one))).toMatchObject({ job: { id, source: whole } });
  expect((await world.deps.catalogue.findMod(mod))?.elsewhere?.source).toEqual(whole);
});

test("requestSource() creates nothing while nobody could fetch this kind", async () => {
  await using world = await worldWithAgent();
  world.connected.splice(0, 1, aConnected({ engines: ["workshop", "http"] }));

  expect(await request(world, TORRENT)).toMatchObject({ kind: "not_ready" });
  expect(await world.database.read({ sql: "SELECT id FROM mods" })).toEqual([]);

  world.deps.agents.anySeenSince = async (_time, kind) => kind === "torrent";
  expect(await request(world, TORRENT)).toMatchObject({ kind: "queued" });
});

test("requestSource() of a Workshop item is as asking for its id, with what Steam says instead of what was said", async () => {
  await using world = await jobWorld();
  world.connected.push(aConnected());
  const item = anItem({ fileUrl: "http://steam.example/file" });
  world.answers.set(item.id, { kind: "found", item });
  const source = { kind: "workshop", app: item.app, item: item.id, fileUrl: "http://evil.example/" } as const;

  const answer = await request(world, source);

  expect(answer).toMatchObject({
    kind: "queued",
    job: { mod: item.id, version: item.versionKey, source: { ...source, fileUrl: "http://steam.example/file" } },
  });
  const wrong = await request(world, { ...source, app: 1 }).catch((error: unknown) => error);
  expect(wrong).toBeInstanceOf(AppError);
  expect(wrong).toMatchObject({
    code: "unprocessable",
    fields: [{ field: "source.app", allowed: [String(item.app)] }],
  });
});

test("requestSource() takes no further addresses of a household that fills the queue, and joins all the same", async () => {
  await using world = await worldWithAgent();
  await request(world, FILE);
  const { queuedBy } = world.deps.jobs;
  const asked: number[] = [];
  world.deps.jobs.queuedBy = async (requester, limit) => {
    asked.push(await queuedBy(requester, limit));
    return requester === "alice" ? limit : queuedBy(requester, limit);
  };

  await expect(request(world, NAMED)).rejects.toMatchObject({ code: "too_many_requests", retryAfterSeconds: 60 });
  expect(await request(world, FILE)).toMatchObject({ kind: "queued", created: false });
  expect(await request(world, NAMED, "bob")).toMatchObject({ kind: "queued", created: true });
  expect(asked).toEqual([1, 0]);
});

test("requestSource() refuses addresses of private networks unless the operator allows them", async () => {
  await using world = await worldWithAgent();
  const source: Source = { kind: "http", url: "http://127.0.0.1/a" };
  world.deps.config = { ...world.deps.config, allowPrivateSources: false };

  await expect(request(world, source)).rejects.toMatchObject({
    ...{ code: "bad_request", message: expect.stringContaining("source.url: ") },
    fields: [{ field: "source.url" }],
  });
  world.deps.config = { ...world.deps.config, allowPrivateSources: true };
  expect(await request(world, source)).toMatchObject({ kind: "queued" });
});

test("requestMod() of a mod from elsewhere asks its source, not Steam", async () => {
  await using world = await worldWithAgent();
  const job = await jobOf(world, FILE);
  const again = (requester: string) => requestMod(world.deps, { id: job.mod, requester });

  expect(await again("bob")).toMatchObject({ kind: "queued", created: false, job: { id: job.id } });
  await deliver(world, job.id, "one");
  expect(await again("bob")).toMatchObject({ kind: "ready" });
  world.tick(15 * MINUTE);
  expect(await again("bob")).toMatchObject({ kind: "queued", created: true, job: { source: FILE } });
});
