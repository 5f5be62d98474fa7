import { afterEach, beforeEach, expect, test } from "vitest";
import { aClaimedJob } from "../../test/claimed.ts";
import { type JobWorld, jobWorld } from "../../test/job-deps.ts";
import { AGENT_A, AGENT_B, aResult, jobId, SHA, UPLOAD } from "../../test/jobs.ts";
import { changeJob } from "../actions/change-job.ts";
import type { Upload, UploadStore } from "./uploads.ts";

const OTHER = `upl_${"9".repeat(20)}`;

let world: JobWorld;
let uploads: UploadStore;
beforeEach(async () => {
  world = await jobWorld();
  uploads = world.deps.uploads;
});
afterEach(() => world[Symbol.asyncDispose]());

function anUpload(changes: Partial<Upload> = {}): Upload {
  const key = { id: UPLOAD, job: jobId(1), epoch: 1, agent: AGENT_A };
  return { ...key, bytes: 700, sha256: SHA, partBytes: 100, state: "open", createdAt: 5_000, ...changes };
}

test("insertOrFind() inserts an upload once for a job, epoch and content", async () => {
  const first = await uploads.insertOrFind(anUpload());
  const second = await uploads.insertOrFind(anUpload({ id: OTHER }));

  expect([first, second]).toEqual([anUpload(), anUpload()]);
  expect(await uploads.find(OTHER)).toBeNull();
  expect(await uploads.findFor(anUpload())).toEqual(anUpload());
});

test("insertOrFind() keeps uploads of other epochs apart", async () => {
  await uploads.insertOrFind(anUpload());

  expect(await uploads.insertOrFind(anUpload({ id: OTHER, epoch: 2 }))).toMatchObject({ id: OTHER, epoch: 2 });
});

test("addPart() records a part of an open upload only", async () => {
  await uploads.insertOrFind(anUpload());

  const added = [await uploads.addPart(UPLOAD, 2, SHA), await uploads.addPart(UPLOAD, 2, "6".repeat(64))];
  await uploads.complete(UPLOAD);
  const late = [await uploads.addPart(UPLOAD, 3, SHA), await uploads.addPart(OTHER, 1, SHA)];

  expect([added, late]).toEqual([
    [true, true],
    [false, false],
  ]);
  expect([...(await uploads.storedParts(UPLOAD))]).toEqual([[2, "6".repeat(64)]]);
});

test("forgetPart() forgets that part alone, reopen() all of them", async () => {
  await uploads.insertOrFind(anUpload());
  for (const n of [1, 2, 3]) await uploads.addPart(UPLOAD, n, SHA);

  await uploads.forgetPart(UPLOAD, 2);
  const left = [...(await uploads.storedParts(UPLOAD)).keys()];
  await uploads.complete(UPLOAD);
  await uploads.reopen(UPLOAD);

  expect(left).toEqual([1, 3]);
  expect([(await uploads.storedParts(UPLOAD)).size, (await uploads.find(UPLOAD))?.state]).toEqual([0, "open"]);
});

test("complete() can be repeated and knows when the upload is gone", async () => {
  await uploads.insertOrFind(anUpload());

  expect([await uploads.complete(UPLOAD), await uploads.complete(UPLOAD), await uploads.complete(OTHER)]).toEqual([
    ...[true, true, false],
  ]);
});

test("completeWhole() closes an upload only while all its parts are recorded", async () => {
  await uploads.insertOrFind(anUpload({ bytes: 250 }));
  for (const n of [1, 2, 3]) await uploads.addPart(UPLOAD, n, SHA);
  await uploads.forgetPart(UPLOAD, 2);

  const early = await uploads.completeWhole(UPLOAD);
  await uploads.addPart(UPLOAD, 2, SHA);
  const whole = [await uploads.completeWhole(UPLOAD), await uploads.completeWhole(UPLOAD)];

  expect([early, whole]).toEqual([false, [true, true]]);
  expect(await uploads.forgetPart(UPLOAD, 2)).toBe(false);
});

test("othersOf() lists uploads of other content for the same try, and remove() removes them", async () => {
  await uploads.insertOrFind(anUpload());
  await uploads.insertOrFind(anUpload({ id: OTHER, sha256: "7".repeat(64) }));
  await uploads.insertOrFind(anUpload({ id: `upl_${"8".repeat(20)}`, sha256: "7".repeat(64), epoch: 2 }));

  const others = await uploads.othersOf(anUpload());
  await uploads.remove(OTHER);

  expect([others, await uploads.othersOf(anUpload())]).toEqual([[OTHER], []]);
});

test("isWanted() is true while the job is leased under the upload's epoch", async () => {
  const job = await aClaimedJob(world);
  await uploads.insertOrFind(anUpload({ job: job.id }));
  await uploads.insertOrFind(anUpload({ id: OTHER, job: job.id, sha256: "7".repeat(64), agent: AGENT_B }));

  const before = [await uploads.isWanted(UPLOAD), await uploads.isWanted(OTHER), await uploads.isContentWanted(SHA)];
  await changeJob(world.deps, job.id, { event: { type: "declined", agent: AGENT_A, epoch: 1 } });
  const after = [await uploads.isWanted(UPLOAD), await uploads.isContentWanted(SHA)];

  expect([before, after]).toEqual([
    [true, false, true],
    [false, false],
  ]);
});

test("isWanted() is true for the very upload that is being verified", async () => {
  const job = await aClaimedJob(world);
  await uploads.insertOrFind(anUpload({ job: job.id }));
  await uploads.insertOrFind(anUpload({ id: OTHER, job: job.id, sha256: "7".repeat(64) }));

  await changeJob(world.deps, job.id, { event: { type: "finished", result: aResult() } });

  expect([await uploads.isWanted(UPLOAD), await uploads.isWanted(OTHER)]).toEqual([true, false]);
});

test("forget() removes old uploads that no running job needs, with their parts", async () => {
  const job = await aClaimedJob(world);
  await uploads.insertOrFind(anUpload({ job: job.id }));
  const old = anUpload({ id: OTHER, job: jobId(7) });
  const young = anUpload({ id: `upl_${"8".repeat(20)}`, job: jobId(8), createdAt: 9_000 });
  for (const upload of [old, young]) await uploads.insertOrFind(upload);
  await uploads.addPart(OTHER, 1, SHA);

  const forgotten = await uploads.forget(9_000);

  expect(forgotten).toBe(1);
  const left = [UPLOAD, OTHER, young.id].map(async (id) => (await uploads.find(id)) !== null);
  expect([await Promise.all(left), (await uploads.storedParts(OTHER)).size]).toEqual([[true, false, true], 0]);
});
