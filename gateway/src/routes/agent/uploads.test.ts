import { join } from "node:path";
import { expect, test } from "vitest";
import { sha256Of } from "../../../test/archives.ts";
import { AGENT_B } from "../../../test/jobs.ts";
import { partOf, planOf, uploadWorld } from "../../../test/uploads.ts";
import { archiveFile } from "../../blobs/archive-file.ts";

const archive = Buffer.from(Array.from({ length: 3_500 }, (_, i) => (i * 7) % 251));

async function codeOf(response: Response): Promise<unknown> {
  return ((await response.json()) as { code?: unknown }).code;
}

test("POST /agent/v1/uploads plans parts and gives the same upload again", async () => {
  await using world = await uploadWorld();

  const [first, again] = [await world.plan(archive), await world.plan(archive)];

  expect(first).toMatchObject({ complete: false, partBytes: 1_000 });
  expect(first.parts.map(({ n, done }) => [n, done])).toEqual([1, 2, 3, 4].map((n) => [n, false]));
  expect(again).toEqual(first);
});

test("POST /agent/v1/uploads gives one upload to many who ask at once", async () => {
  await using world = await uploadWorld();

  const plans = await Promise.all(Array.from({ length: 8 }, () => world.plan(archive)));

  expect(new Set(plans.map(({ upload }) => upload)).size).toBe(1);
});

test("GET /agent/v1/uploads/{upload} lists what is still missing", async () => {
  await using world = await uploadWorld();
  const { parts, upload } = await world.plan(archive);
  await world.put(parts[2]?.url ?? "", partOf(archive, 3));

  const plan = await planOf(await world.send("GET", `/agent/v1/uploads/${upload}`));

  expect(plan.parts.filter(({ done }) => done).map(({ n }) => n)).toEqual([3]);
});

test("POST …/complete lists missing parts and closes nothing", async () => {
  await using world = await uploadWorld();
  const { parts, upload } = await world.plan(archive);
  await world.put(parts[0]?.url ?? "", partOf(archive, 1));

  const response = await world.send("POST", `/agent/v1/uploads/${upload}/complete`);

  expect(response.status).toBe(409);
  expect(await response.json()).toMatchObject({
    code: "conflict",
    errors: [{ field: "parts", allowed: ["2", "3", "4"] }],
  });
  expect((await planOf(await world.send("GET", `/agent/v1/uploads/${upload}`))).complete).toBe(false);
});

test("POST /agent/v1/uploads says 507 before the disk is full, and keeps no trace", async () => {
  await using world = await uploadWorld({ statfs: async () => ({ bavail: 3, bsize: 1_000 }) });
  const body = { bytes: archive.length, sha256: sha256Of(archive) };

  const response = await world.open(body);

  expect([response.status, await codeOf(response)]).toEqual([507, "disk_full"]);
  expect(response.headers.get("retry-after")).toBe("600");
  expect(await world.deps.uploads.findFor({ job: world.job.id, epoch: 1, sha256: body.sha256 })).toBeNull();
});

test("POST /agent/v1/uploads says complete for content that is a blob already", async () => {
  await using world = await uploadWorld();
  const { parts, upload } = await world.plan(archive);
  for (const { n, url } of parts) await world.put(url, partOf(archive, n));
  await world.blobs.commit(upload, sha256Of(archive));

  const plan = await world.plan(archive);

  expect(plan).toMatchObject({ complete: true, parts: [] });
  expect(archiveFile(world, { upload: plan.upload, sha256: sha256Of(archive) })?.kind).toBe("blob");
});

test("POST /agent/v1/uploads gives up what the same try sent before", async () => {
  await using world = await uploadWorld();
  const before = await world.plan(archive);

  const after = await world.plan(Buffer.from("packed anew"));

  expect(after.upload).not.toBe(before.upload);
  expect(world.blobs.uploadPath(before.upload)).toBeNull();
  expect((await world.put(before.parts[0]?.url ?? "", partOf(archive, 1))).status).toBe(404);
});

test("POST /agent/v1/uploads refuses another size for the same content", async () => {
  await using world = await uploadWorld();
  await world.plan(archive);

  const response = await world.open({ bytes: 7, sha256: sha256Of(archive) });

  expect([response.status, await codeOf(response)]).toEqual([422, "unprocessable"]);
});

test("POST /agent/v1/uploads starts again when the upload's file was lost", async () => {
  await using world = await uploadWorld();
  const { parts, upload } = await world.plan(archive);
  await world.put(parts[0]?.url ?? "", partOf(archive, 1));
  await world.blobs.discard(upload);

  const gone = await world.put(parts[1]?.url ?? "", partOf(archive, 2));
  const plan = await world.plan(archive);

  expect(gone.status).toBe(404);
  expect(plan.parts.some(({ done }) => done)).toBe(false);
});

test("POST /agent/v1/uploads refuses more than the token allows", async () => {
  await using world = await uploadWorld();

  const response = await world.open({ bytes: 1_000_001, sha256: sha256Of(archive) });

  expect([response.status, await codeOf(response)]).toEqual([413, "body_too_large"]);
});

test.each([{ bytes: 0 }, { bytes: 1.5 }, { sha256: "ABC" }, { bytes: "7" }])(
  "POST /agent/v1/uploads names the field that is wrong in %o",
  async (wrong) => {
    await using world = await uploadWorld();

    const response = await world.open({ bytes: 7, sha256: sha256Of(archive), ...wrong });

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ field: Object.keys(wrong)[0] }] });
  },
);

test("the upload routes refuse missing, wrong and expired tokens", async () => {
  await using world = await uploadWorld();
  const body = { bytes: 7, sha256: sha256Of(archive) };
  const none = await world.api.request("/agent/v1/uploads", {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json" },
  });

  const wrong = await world.open(body, `${world.token().slice(0, -4)}AAAA`);
  const expired = await world.open(body, world.token({ expiresAt: world.deps.now() }));

  for (const response of [none, wrong, expired])
    expect([response.status, await codeOf(response)]).toEqual([401, "unauthorized"]);
});

test("every upload route says 410 once the epoch is over, and changes nothing", async () => {
  await using world = await uploadWorld();
  const { parts, upload } = await world.plan(archive);
  const job = await world.deps.jobs.find(world.job.id);
  if (job?.state !== "leased") throw new Error("The job is not leased");
  const { lease: _, ...base } = job;
  await world.deps.jobs.replace(job, { ...base, state: "queued", notBefore: 0 });

  const responses = [
    await world.open({ bytes: archive.length, sha256: sha256Of(archive) }),
    await world.send("GET", `/agent/v1/uploads/${upload}`),
    await world.put(parts[0]?.url ?? "", partOf(archive, 1)),
    await world.send("POST", `/agent/v1/uploads/${upload}/complete`),
  ];

  for (const response of responses) expect([response.status, await codeOf(response)]).toEqual([410, "stale_epoch"]);
  expect((await world.deps.uploads.storedParts(upload)).size).toBe(0);
});

test("an upload is not found with a stranger's key, and neither is a part beyond the last", async () => {
  await using world = await uploadWorld();
  const { parts, upload } = await world.plan(archive);
  const stranger = `upl_${"z".repeat(20)}`;

  const responses = [
    await world.put(parts[0]?.url.replace(upload, stranger) ?? "", partOf(archive, 1)),
    await world.put(parts[0]?.url.replace("/parts/1", "/parts/5") ?? "", partOf(archive, 1)),
    await world.send("GET", `/agent/v1/uploads/${stranger}`),
  ];
  const other = await world.send("GET", `/agent/v1/uploads/${upload}`, { token: world.token({ agent: AGENT_B }) });

  for (const response of responses) expect([response.status, await codeOf(response)]).toEqual([404, "not_found"]);
  expect(other.status).toBe(410);
});

test.each(["../../etc/passwd", "upl_short", "upl_%2e%2e%2f", "UPL_00000000000000000000"])(
  "an upload called %s never reaches the disk",
  async (id) => {
    await using world = await uploadWorld();

    const response = await world.put(join("/agent/v1/uploads", encodeURIComponent(id), "parts/1"), Buffer.alloc(1));

    expect(response.status).toBe(400);
  },
);
