import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import { sha256Of } from "../../../test/archives.ts";
import { partOf, planOf, uploadWorld } from "../../../test/uploads.ts";
import { archiveFile } from "../../blobs/archive-file.ts";
import { writeAll } from "../../blobs/durable.ts";

const archive = Buffer.from(Array.from({ length: 3_500 }, (_, i) => (i * 7) % 251));
const full = () => Promise.reject(Object.assign(new Error("no space left on device"), { code: "ENOSPC" }));

async function codeOf(response: Response): Promise<unknown> {
  return ((await response.json()) as { code?: unknown }).code;
}

test("PUT …/parts/{n} takes parts in any order, at once and repeatedly", async () => {
  await using world = await uploadWorld();
  const { parts, upload } = await world.plan(archive);

  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray(parts, { minLength: 1 }), async (some) => {
      const statuses = await Promise.all(
        some.map(async ({ n, url }) => (await world.put(url, partOf(archive, n))).status),
      );
      expect(statuses).toEqual(some.map(() => 204));
    }),
    { numRuns: 20 },
  );
  for (const { n, url } of parts) await world.put(url, partOf(archive, n));
  const done = await planOf(await world.send("POST", `/agent/v1/uploads/${upload}/complete`));

  expect(done).toEqual({ upload, complete: true, partBytes: 1_000, parts: [] });
  const file = archiveFile(world, { upload, sha256: sha256Of(archive) });
  expect(file?.kind).toBe("upload");
  expect(await readFile(file?.path ?? "")).toEqual(archive);
});

test("PUT …/parts/{n} renews the lease", async () => {
  await using world = await uploadWorld();
  const { parts } = await world.plan(archive);
  world.tick(30_000);

  await world.put(parts[0]?.url ?? "", partOf(archive, 1));

  expect(await world.deps.jobs.find(world.job.id)).toMatchObject({ lease: { until: world.deps.now() + 90_000 } });
});

test("PUT …/parts/{n} counts as the accept that it outran", async () => {
  await using world = await uploadWorld();
  const { job } = world;
  if (job.state !== "leased") throw new Error("The job is not leased");
  const offered = { ...job, lease: { ...job.lease, until: world.deps.now() + 15_000, deadlineAt: null } };
  await world.deps.jobs.replace(job, offered);
  const { parts } = await world.plan(archive);

  const response = await world.put(parts[0]?.url ?? "", partOf(archive, 1));

  expect(response.status).toBe(204);
  expect(await world.deps.jobs.find(job.id)).toMatchObject({
    lease: { until: world.deps.now() + 90_000, deadlineAt: expect.any(Number) },
  });
});

test("PUT …/parts/{n} refuses a corrupted part and takes it when it is sent again", async () => {
  await using world = await uploadWorld();
  const { parts, upload } = await world.plan(archive);
  const [{ url } = { url: "" }] = parts;
  const corrupted = Buffer.from(partOf(archive, 1)).fill(0, 500, 510);

  const refused = await world.put(url, corrupted, { sha256: sha256Of(partOf(archive, 1)) });
  const missing = await planOf(await world.send("GET", `/agent/v1/uploads/${upload}`));
  const taken = await world.put(url, partOf(archive, 1));

  expect([refused.status, taken.status]).toEqual([422, 204]);
  expect(await refused.json()).toMatchObject({ code: "unprocessable", errors: [{ field: "x-part-sha256" }] });
  expect(missing.parts.some(({ done }) => done)).toBe(false);
});

test("PUT …/parts/{n} never writes over an acknowledged part with bytes that are refused", async () => {
  await using world = await uploadWorld();
  const { parts, upload } = await world.plan(archive);
  const [{ url } = { url: "" }] = parts;
  await world.put(url, partOf(archive, 1));
  const other = Buffer.alloc(1_000, 9);

  const same = await world.put(url, other, { sha256: sha256Of(partOf(archive, 1)) });
  const file = await readFile(world.blobs.uploadPath(upload) ?? "");
  const lying = await world.put(url, other, { sha256: sha256Of("something else") });
  const plan = await planOf(await world.send("GET", `/agent/v1/uploads/${upload}`));

  expect([same.status, lying.status]).toEqual([204, 422]);
  expect(file.subarray(0, 1_000)).toEqual(partOf(archive, 1));
  expect(plan.parts[0]?.done).toBe(false);
});

test("PUT …/parts/{n} refuses a wrong length, announced or not", async () => {
  await using world = await uploadWorld();
  const { parts } = await world.plan(archive);
  const [{ url } = { url: "" }] = parts;
  const endless = new ReadableStream({ pull: (controller) => controller.enqueue(Buffer.alloc(400)) });

  const short = await world.put(url, Buffer.alloc(999));
  const announced = await world.put(url, Buffer.alloc(1_000), { headers: { "content-length": "1001" } });
  const long = await world.put(url, endless, { sha256: sha256Of("x") });

  for (const response of [short, announced, long]) expect(response.status).toBe(400);
});

test("PUT …/parts/{n} lets a repetition overtake a request that hangs", async () => {
  await using world = await uploadWorld();
  const { parts } = await world.plan(archive);
  const [{ url } = { url: "" }] = parts;
  const reading = Promise.withResolvers<void>();
  const hanging = new ReadableStream({
    pull(controller) {
      controller.enqueue(partOf(archive, 1).subarray(0, 400));
      reading.resolve();
      return new Promise(() => {});
    },
  });

  const first = world.put(url, hanging, { sha256: sha256Of(partOf(archive, 1)) });
  await reading.promise;
  const second = await world.put(url, partOf(archive, 1));

  expect(second.status).toBe(204);
  expect((await first).status).toBe(409);
});

test("PUT …/parts/{n} does not count a body that breaks off", async () => {
  await using world = await uploadWorld();
  const { parts, upload } = await world.plan(archive);
  const breaking = new ReadableStream({
    start: (controller) => controller.enqueue(partOf(archive, 1).subarray(0, 400)),
    pull: (controller) => controller.error(new Error("connection reset")),
  });

  const response = await world.put(parts[0]?.url ?? "", breaking, { sha256: sha256Of(partOf(archive, 1)) });

  expect(response.status).toBe(409);
  expect((await world.deps.uploads.storedParts(upload)).size).toBe(0);
});

test("PUT …/parts/{n} says 507 when the disk fills up, and counts nothing", async () => {
  let isFull = true;
  await using world = await uploadWorld({ writeAll: (...args) => (isFull ? full() : writeAll(...args)) });
  const { parts, upload } = await world.plan(archive);
  const [{ url } = { url: "" }] = parts;

  const refused = await world.put(url, partOf(archive, 1));
  const counted = (await world.deps.uploads.storedParts(upload)).size;
  isFull = false;
  const taken = await world.put(url, partOf(archive, 1));

  expect([refused.status, await codeOf(refused), counted, taken.status]).toEqual([507, "disk_full", 0, 204]);
});

test("PUT …/parts/{n} says 410 when the epoch ends while the body comes", async () => {
  await using world = await uploadWorld();
  const { parts } = await world.plan(archive);
  const slow = new ReadableStream({
    async pull(controller) {
      const job = await world.deps.jobs.find(world.job.id);
      if (job?.state !== "leased") throw new Error("The job is not leased");
      const { lease: _, ...base } = job;
      await world.deps.jobs.replace(job, { ...base, state: "queued", notBefore: 0 });
      controller.enqueue(partOf(archive, 1));
      controller.close();
    },
  });

  const response = await world.put(parts[0]?.url ?? "", slow, { sha256: sha256Of(partOf(archive, 1)) });

  expect([response.status, await codeOf(response)]).toEqual([410, "stale_epoch"]);
});

test("PUT …/parts/{n} changes nothing in an upload that is complete", async () => {
  await using world = await uploadWorld();
  const { parts, upload } = await world.plan(archive);
  for (const { n, url } of parts) await world.put(url, partOf(archive, n));
  await world.send("POST", `/agent/v1/uploads/${upload}/complete`);

  const same = await world.put(parts[0]?.url ?? "", partOf(archive, 1));
  const other = await world.put(parts[0]?.url ?? "", Buffer.alloc(1_000));

  expect([same.status, other.status]).toEqual([204, 409]);
  expect(await readFile(world.blobs.uploadPath(upload) ?? "")).toEqual(archive);
});
