import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { aClaimedJob, aCompleteUpload } from "../../test/claimed.ts";
import { anItem } from "../../test/items.ts";
import { type JobWorld, jobWorld } from "../../test/job-deps.ts";
import { AGENT_A, AGENT_B, aNewJob, aResult, jobId } from "../../test/jobs.ts";
import { noise, piecesOf } from "../../test/pieces.ts";
import { createDiskBlobs } from "../blobs/disk.ts";
import type { Verdict, VerifyArchive } from "../blobs/verify-archive.ts";
import type { JobEvent } from "../domain/advance.ts";
import type { Job } from "../domain/job.ts";
import { changeJob } from "./change-job.ts";
import { finishJob } from "./finish-job.ts";
import { releaseAgent } from "./release-agent.ts";
import { verifyJob } from "./verify-job.ts";

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

const { upload, sha256, bytes, tree } = aResult();
const pieces = piecesOf(noise(700));
const GOOD: Verdict = { ok: true, entries: [{ path: "a.txt", size: 3, sha256 }], tree, unpackedBytes: 3, pieces };
const signal = new AbortController().signal;

/** A delivered archive on disk that waits for verification, and a verifier that gives this verdict. */
async function delivered(world: JobWorld, { verdict = GOOD, manifest = null as string | null } = {}) {
  world.answers.set(anItem().id, { kind: "found", item: anItem() });
  await world.deps.catalogue.saveItem(anItem(), world.deps.now());
  const root = await mkdtemp(join(tmpdir(), "modfleet-verify-job-"));
  folders.push(root);
  const blobs = createDiskBlobs({ root, now: world.deps.now, reserveBytes: 0 });
  await aCompleteUpload(world, await aClaimedJob(world));
  await blobs.createUpload(upload, bytes);
  await writeFile(blobs.uploadPath(upload) ?? "", Buffer.alloc(bytes));
  const fetched = { tool: "steamcmd 1", manifest };
  const message = { type: "finished", job: jobId(1), epoch: 1, upload, sha256, bytes, tree, fetched } as const;
  await finishJob(world.deps, { agent: AGENT_A, network: "192.0.2.1", message });
  const verifyArchive: VerifyArchive = async () => verdict;
  const deps = { ...world.deps, blobs, verifyArchive };
  return { deps, run: async () => await verifyJob(deps, await verifying(world), signal) };
}

const secondTry: readonly JobEvent[] = [
  { type: "claimed", agent: AGENT_B, network: "192.0.2.2" },
  { type: "accepted", agent: AGENT_B, epoch: 2 },
  { type: "finished", result: aResult({ agent: AGENT_B, epoch: 2, sha256: "7".repeat(64) }) },
];

async function verifying(world: JobWorld): Promise<Extract<Job, { state: "verifying" }>> {
  const job = await world.deps.jobs.find(jobId(1));
  if (job?.state !== "verifying") throw new Error(`The job is ${job?.state}`);
  return job;
}

describe("verifyJob()", () => {
  test("publishes blob, manifest, pieces, version, event and provenance", async () => {
    await using world = await jobWorld();
    const { deps, run } = await delivered(world);

    expect(await run()).toBe("published");

    const mod = await deps.catalogue.findMod(anItem().id);
    expect(mod?.current).toMatchObject({
      key: anItem().versionKey,
      archive: { sha256, bytes, entries: 1 },
      provenance: { agent: AGENT_A, tool: "steamcmd 1" },
    });
    expect(await deps.blobs.size(sha256)).toBe(bytes);
    expect(await deps.jobs.find(jobId(1))).toMatchObject({ state: "done" });
    expect(await deps.catalogue.entry(sha256, "a.txt")).toMatchObject({ size: 3 });
    expect(await deps.catalogue.pieces(sha256)).toEqual(pieces);
    expect(await deps.jobs.verdict(jobId(1), 1, AGENT_A)).toBe("published");
  });

  test("a version whose bytes were lost gets them back, also when they were packed otherwise", async () => {
    await using world = await jobWorld();
    const { deps, run } = await delivered(world);
    const lost = { sha256: "0".repeat(64), bytes: 9, unpackedBytes: 3, entries: 1, tree };
    const { versionKey: key, updatedAt: sourceUpdatedAt, id: mod } = anItem();
    const provenance = { agent: null, tool: "steamcmd 0", manifest: null, fetchedAt: 1 };
    await world.database.batch(
      deps.catalogue.publishStatements({ mod, key, archive: lost, sourceUpdatedAt, at: 1, provenance }),
    );

    expect(await run()).toBe("published");
    expect((await deps.catalogue.findMod(mod))?.current).toMatchObject({ key, archive: { sha256, bytes } });
  });

  test("a crash between blob and row is verified again and ends the same", async () => {
    await using world = await jobWorld();
    const { deps, run } = await delivered(world);
    await deps.blobs.commit(upload, sha256);

    expect(await run()).toBe("published");
    expect((await deps.catalogue.findMod(anItem().id))?.current?.archive.sha256).toBe(sha256);
  });

  test.each(["saveEntries", "savePieces"] as const)(
    "a crash at %s leaves nothing published, and the next look publishes it whole",
    async (step) => {
      await using world = await jobWorld();
      const { deps, run } = await delivered(world);
      const crash = () => Promise.reject(new Error("killed"));
      const crashing = { ...deps, catalogue: { ...deps.catalogue, [step]: crash } };

      await expect(verifyJob(crashing, await verifying(world), signal)).rejects.toThrow("killed");
      expect((await deps.catalogue.findMod(anItem().id))?.current).toBeNull();

      expect(await run()).toBe("published");
      expect(await deps.catalogue.pieces(sha256)).toEqual(pieces);
    },
  );

  test("throws a bad archive away, publishes nothing and asks somebody else", async () => {
    await using world = await jobWorld();
    const { deps, run } = await delivered(world, {
      verdict: { ok: false, code: "hash_mismatch", fault: "crc", detail: "a.txt" },
    });

    expect(await run()).toBe("rejected");

    expect(await deps.jobs.find(jobId(1))).toMatchObject({
      state: "queued",
      charged: 0,
      failure: { code: "hash_mismatch", agent: AGENT_A },
    });
    expect((await deps.catalogue.findMod(anItem().id))?.current).toBeNull();
    expect(await deps.blobs.size(sha256)).toBeNull();
    expect(await deps.jobs.verdict(jobId(1), 1, AGENT_A)).toBe("rejected");
  });

  test("an item that was updated during the job belongs to the new version when the manifest says so", async () => {
    await using world = await jobWorld();
    const { deps, run } = await delivered(world, { manifest: "999" });
    world.answers.set(anItem().id, { kind: "found", item: anItem({ versionKey: "999" }) });

    expect(await run()).toBe("published");
    expect((await deps.catalogue.findMod(anItem().id))?.current?.key).toBe("999");
  });

  test("an item that was updated during the job belongs to nobody when nothing says which it is", async () => {
    await using world = await jobWorld();
    const { deps, run } = await delivered(world);
    world.answers.set(anItem().id, { kind: "found", item: anItem({ versionKey: "999", sizeBytes: 5 }) });

    expect(await run()).toBe("requeued");
    expect(await deps.jobs.find(jobId(1))).toMatchObject({ state: "queued", version: "999", expectedBytes: 5 });
    expect((await deps.catalogue.findMod(anItem().id))?.current).toBeNull();
  });

  test("an item that was updated while somebody else fetches the new version hands its requesters over", async () => {
    await using world = await jobWorld();
    const { deps, run } = await delivered(world);
    world.answers.set(anItem().id, { kind: "found", item: anItem({ versionKey: "999" }) });
    await deps.jobs.insertOrJoin(aNewJob({ id: jobId(2), version: "999", requester: "bob" }));

    expect(await run()).toBe("requeued");

    expect(await deps.jobs.find(jobId(1))).toMatchObject({ state: "failed", failure: { code: "source_changed" } });
    expect(await deps.jobs.verdict(jobId(1), 1, AGENT_A)).toBe("rejected");
    expect(await deps.jobs.leave(jobId(2), "alice")).toBe(1);
  });

  test("a verdict about an older try changes nothing of the newer one", async () => {
    await using world = await jobWorld();
    const fixture = await delivered(world);
    const old = await verifying(world);
    const verifyArchive: VerifyArchive = async () => {
      // Meanwhile the agent is revoked, and another one fetches and delivers.
      await releaseAgent(fixture.deps, { agent: AGENT_A });
      for (const event of secondTry) await changeJob(fixture.deps, jobId(1), { event });
      return GOOD;
    };

    expect(await verifyJob({ ...fixture.deps, verifyArchive }, old, signal)).toBe("later");

    expect(await fixture.deps.jobs.find(jobId(1))).toMatchObject({ state: "verifying", epoch: 2 });
    expect((await fixture.deps.catalogue.findMod(anItem().id))?.current).toBeNull();
  });

  test("trouble on our side is no verdict about the archive", async () => {
    await using world = await jobWorld();
    const { deps, run } = await delivered(world, {
      verdict: { ok: false, code: "internal", fault: "crashed", detail: "" },
    });

    expect(await run()).toBe("broken");
    expect(await deps.jobs.find(jobId(1))).toMatchObject({ state: "verifying" });
  });

  test("an upload that is gone is fetched again; where gateways share rows, another one may have it", async () => {
    await using world = await jobWorld();
    const { deps, run } = await delivered(world);
    await deps.blobs.discard(upload);
    const shared = { ...deps, config: { ...deps.config, database: { url: "http://127.0.0.1:1", token: null } } };

    expect(await verifyJob(shared, await verifying(world), signal)).toBe("broken");
    expect(await run()).toBe("rejected");
    expect(await deps.jobs.find(jobId(1))).toMatchObject({ state: "queued", failure: { code: "hash_mismatch" } });
  });

  test("the tool's manifest is proof enough while Steam is down; without it the job waits", async () => {
    await using known = await jobWorld();
    const proven = await delivered(known, { manifest: anItem().versionKey });
    known.answers.set(anItem().id, { kind: "unavailable", retryAfterMs: 1 });
    await using unknown = await jobWorld();
    const doubtful = await delivered(unknown);
    unknown.answers.set(anItem().id, { kind: "unavailable", retryAfterMs: 1 });

    expect(await proven.run()).toBe("published");
    expect(await doubtful.run()).toBe("later");
    expect(await unknown.deps.jobs.find(jobId(1))).toMatchObject({ state: "verifying" });
  });
});
