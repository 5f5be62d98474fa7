import { writeFile } from "node:fs/promises";
import type { Fetched } from "@modfleet/protocol";
import { expect, test } from "vitest";
import { tempFolder } from "../../test/archives.ts";
import { type JobWorld, jobWorld } from "../../test/job-deps.ts";
import { AGENT_A, aResult } from "../../test/jobs.ts";
import { createDiskBlobs } from "../blobs/disk.ts";
import type { VerifyArchive } from "../blobs/verify-archive.ts";
import { askedVersion, type Elsewhere } from "../domain/delivered.ts";
import { changeJob } from "./change-job.ts";
import { finishJob } from "./finish-job.ts";
import { verifyJob } from "./verify-job.ts";

const { bytes, tree } = aResult();
const HASH = "0123456789abcdef0123456789abcdef01234567";
const FILE: Elsewhere = { kind: "http", url: "https://host.example/map.zip" };
const signal = new AbortController().signal;

type Delivery = Partial<Fetched> & { sha256?: string; tree?: string; holds?: string };

/** Jobs for one source, one after the other: each delivers an archive that is what the agent says. */
async function deliveries(world: JobWorld, source: Elsewhere) {
  const folder = await tempFolder();
  const blobs = createDiskBlobs({ root: folder.path, now: world.deps.now, reserveBytes: 0 });
  const mod = await world.deps.catalogue.saveSource(source, world.deps.now());
  world.deps.steam.item = () => expect.fail("Steam was asked");
  async function deliver(delivery: Delivery = {}) {
    const { sha256 = "5".repeat(64), tool = "http", manifest = null, name } = delivery;
    const result = { bytes, sha256, tree: delivery.tree ?? tree };
    const { job } = await world.deps.jobs.insertOrJoin({
      ...{ id: world.deps.newId("job"), mod, source, version: askedVersion(source), expectedBytes: null },
      ...{ requester: "r", requestedAt: world.deps.now() },
    });
    const upload = world.deps.newId("upl");
    await changeJob(world.deps, job.id, { event: { type: "claimed", agent: AGENT_A, network: "192.0.2.1" } });
    await changeJob(world.deps, job.id, { event: { type: "accepted", agent: AGENT_A, epoch: 1 } });
    const row = { id: upload, job: job.id, epoch: 1, agent: AGENT_A, bytes, sha256, partBytes: 8_388_608 };
    await world.deps.uploads.insertOrFind({ ...row, state: "open", createdAt: world.deps.now() });
    await world.deps.uploads.complete(upload);
    await blobs.createUpload(upload, bytes);
    await writeFile(blobs.uploadPath(upload) ?? "", Buffer.alloc(bytes));
    const fetched = { tool, manifest, ...(name === undefined ? {} : { name }) };
    const message = { type: "finished", job: job.id, epoch: 1, upload, ...result, fetched } as const;
    await finishJob(world.deps, { agent: AGENT_A, network: "192.0.2.1", message });
    const entries = [{ path: "map.zip", size: 3, sha256: delivery.holds ?? sha256 }];
    const pieces = { pieceBytes: 16_384, hashes: new Uint8Array(20) };
    const verifyArchive: VerifyArchive = async () => ({
      ...{ ok: true, entries, tree: result.tree, unpackedBytes: 3, pieces },
    });
    const waiting = await world.deps.jobs.find(job.id);
    if (waiting?.state !== "verifying") throw new Error(`The job is ${waiting?.state}`);
    const verified = await verifyJob({ ...world.deps, blobs, verifyArchive }, waiting, signal);
    world.tick(1_000);
    return { verified, job: await world.deps.jobs.find(job.id), mod: await world.deps.catalogue.findMod(mod) };
  }
  return { deliver, mod, [Symbol.asyncDispose]: folder[Symbol.asyncDispose] };
}

test("verifyJob() publishes a file under its ETag, with the name and the size that it has", async () => {
  await using world = await jobWorld();
  await using source = await deliveries(world, FILE);

  const { verified, job, mod } = await source.deliver({ manifest: 'W/"v1"', name: "Real map.zip" });

  expect(verified).toBe("published");
  expect(job).toMatchObject({ state: "done", version: "v1" });
  expect(mod).toMatchObject({
    ...{ name: "Real map.zip", versionKey: "v1", sizeBytes: 3 },
    ...{ current: { key: "v1", provenance: { tool: "http", agent: AGENT_A } }, elsewhere: { seenAt: 1_000_000 } },
  });
});

test("verifyJob() takes equal content of a source without ETags for one version, and other content for another", async () => {
  await using world = await jobWorld();
  await using source = await deliveries(world, FILE);

  const keys = [
    (await source.deliver()).mod?.current?.key,
    (await source.deliver()).mod?.current?.key,
    (await source.deliver({ tree: "7".repeat(64), sha256: "8".repeat(64) })).mod?.current?.key,
  ];

  expect(keys).toEqual([tree.slice(0, 32), tree.slice(0, 32), "7".repeat(32)]);
  expect((await world.deps.catalogue.versions(source.mod, { limit: 9 })).items).toHaveLength(2);
});

test("verifyJob() overwrites nothing when a server shows one ETag for other bytes, and the job tells what is served", async () => {
  await using world = await jobWorld();
  await using source = await deliveries(world, FILE);
  await source.deliver({ manifest: '"v1"' });

  const { verified, job, mod } = await source.deliver({ manifest: '"v1"', sha256: "8".repeat(64) });

  expect(verified).toBe("published");
  expect(mod?.current?.archive.sha256).toBe("5".repeat(64));
  expect(mod?.elsewhere?.seenAt).toBe(1_001_000);
  expect(job).toMatchObject({ state: "done", version: "v1", result: { sha256: "5".repeat(64) } });
  expect(await world.deps.catalogue.archive("8".repeat(64))).toBeNull();
});

test("verifyJob() rejects a file that has not the hash that was asked for", async () => {
  await using world = await jobWorld();
  await using source = await deliveries(world, { ...FILE, sha256: "9".repeat(64) });

  const { verified, job, mod } = await source.deliver();

  expect(verified).toBe("rejected");
  expect(job).toMatchObject({ state: "queued", failure: { code: "hash_mismatch", agent: AGENT_A } });
  expect(mod?.current).toBeNull();
});

test("verifyJob() publishes a file that has the hash that was asked for, under this hash", async () => {
  await using world = await jobWorld();
  await using source = await deliveries(world, { ...FILE, sha256: "9".repeat(64) });

  const { verified, mod } = await source.deliver({ manifest: '"v1"', holds: "9".repeat(64) });

  expect([verified, mod?.current?.key]).toEqual(["published", "9".repeat(64)]);
});

test("verifyJob() rejects another torrent than the one that was asked for", async () => {
  await using world = await jobWorld();
  await using source = await deliveries(world, { kind: "torrent", magnet: `magnet:?xt=urn:btih:${HASH}` });

  expect((await source.deliver({ manifest: "b".repeat(40) })).verified).toBe("rejected");
});

test("verifyJob() knows a torrent by its info-hash, also one that was asked for by an address", async () => {
  await using world = await jobWorld();
  await using source = await deliveries(world, { kind: "torrent", torrentUrl: "https://host.example/a.torrent" });

  const { job, mod } = await source.deliver({ manifest: HASH, name: "A torrent", tool: "torrent" });

  expect(job).toMatchObject({ state: "done", version: HASH });
  expect(mod).toMatchObject({ name: "A torrent", current: { key: HASH } });
});
