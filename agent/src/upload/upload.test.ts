import { randomBytes } from "node:crypto";
import { truncate, unlink, writeFile } from "node:fs/promises";
import type { UploadPlan } from "@modfleet/protocol";
import { expect, test } from "vitest";
import { type Asked, type FakeUploadServer, type Fault, fakeUploadServer } from "../../test/fake-upload-server.ts";
import { sha256 } from "../../test/read-zip.ts";
import { type TempFolder, tempFolder } from "../../test/temp-folder.ts";
import { type UploadRequest, type UploadTools, uploadArchive } from "./upload.ts";

const PART = 64 * 1024;
const CONTENT = randomBytes(5 * PART + 100);

/** Waits are over at once and remembered. */
function tools(limits: UploadTools["limits"] = {}): UploadTools & { waits: number[] } {
  const waits: number[] = [];
  const sleep = async (ms: number): Promise<void> => void waits.push(ms);
  return { fetch, sleep, random: () => 0.5, limits: { sliceBytes: 4_096, ...limits }, waits };
}

async function archive(): Promise<TempFolder> {
  const folder = await tempFolder();
  await folder.write({ "mod.zip": CONTENT });
  return folder;
}

const request = (folder: TempFolder, gateway: FakeUploadServer, more: Partial<UploadRequest> = {}): UploadRequest => ({
  gateway: gateway.url,
  token: "token",
  file: folder.at("mod.zip"),
  bytes: CONTENT.length,
  sha256: sha256(CONTENT),
  onProgress: () => {},
  signal: new AbortController().signal,
  ...more,
});

/** The fault happens to the first request that fits, and to no other. */
function once(fits: (asked: Asked) => boolean, fault: Fault): (asked: Asked) => Fault | null {
  let isOver = false;
  return (asked) => {
    if (isOver || !fits(asked)) return null;
    isOver = true;
    return fault;
  };
}

const isPart = (n: number) => (asked: Asked) => asked.door === "part" && asked.n === n;
const partsAsked = (gateway: FakeUploadServer): number[] =>
  gateway.asked.filter(({ door }) => door === "part").map(({ n }) => n);

test("uploadArchive() sends every part once and closes", async () => {
  await using folder = await archive();
  await using gateway = await fakeUploadServer({ partBytes: PART });
  const told: number[] = [];

  const outcome = await uploadArchive(
    request(folder, gateway, { onProgress: ({ bytes }) => told.push(bytes) }),
    tools(),
  );

  expect(outcome).toEqual({ kind: "uploaded", upload: expect.stringMatching(/^upl_/) });
  expect(gateway.content().equals(CONTENT)).toBe(true);
  expect(gateway.isComplete()).toBe(true);
  expect(partsAsked(gateway)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(gateway.asked.map(({ contentLength }) => contentLength)).not.toContain(null);
  expect(gateway.atOnceMax()).toBeLessThanOrEqual(3);
  expect(told.at(0)).toBe(0);
  expect(told.at(-1)).toBe(CONTENT.length);
  expect(told.length).toBeGreaterThan(12);
});

test("uploadArchive() sends nothing of content that is stored already", async () => {
  await using folder = await archive();
  await using gateway = await fakeUploadServer({
    partBytes: PART,
    plan: (plan) => ({ ...plan, complete: true, parts: [] }),
  });

  expect(await uploadArchive(request(folder, gateway), tools())).toMatchObject({ kind: "uploaded" });
  expect(gateway.receivedBytes()).toBeLessThan(1_000);
});

test.each<[string, Fault]>([
  ["is cut midway", { cutAfter: PART / 2 }],
  ["is answered 500", { answer: 500 }],
  ["is answered 409", { answer: 409 }],
  ["is answered 429", { answer: 429 }],
  ["arrives damaged", { damage: true }],
  ["is stored and never acknowledged", { cutAfterStoring: true }],
])("uploadArchive() goes on when a part %s, and sends at most one part again", async (_what, fault) => {
  await using folder = await archive();
  await using gateway = await fakeUploadServer({ partBytes: PART, fault: once(isPart(3), fault) });

  const outcome = await uploadArchive(request(folder, gateway), tools());

  expect(outcome).toMatchObject({ kind: "uploaded" });
  expect(gateway.content().equals(CONTENT)).toBe(true);
  expect(gateway.receivedBytes()).toBeLessThanOrEqual(CONTENT.length + PART + 1_000);
});

test("uploadArchive() goes on where an aborted try stopped, and sends at most one part again", async () => {
  await using folder = await archive();
  const controller = new AbortController();
  await using gateway = await fakeUploadServer({
    partBytes: PART,
    fault: (asked) => {
      if (isPart(4)(asked)) controller.abort();
      return null;
    },
  });
  const first = await uploadArchive(request(folder, gateway, { signal: controller.signal }), tools());

  const second = await uploadArchive(request(folder, gateway), tools());

  expect(first).toEqual({ kind: "cancelled" });
  expect(second).toMatchObject({ kind: "uploaded" });
  expect(gateway.receivedBytes()).toBeLessThanOrEqual(CONTENT.length + PART + 1_000);
});

test.each(["open", "part", "complete"] as const)(
  "uploadArchive() drops the work when %s is answered 410",
  async (door) => {
    await using folder = await archive();
    await using gateway = await fakeUploadServer({
      partBytes: PART,
      fault: (asked) => (asked.door === door ? { answer: 410 } : null),
    });

    expect(await uploadArchive(request(folder, gateway), tools())).toEqual({ kind: "lost" });
    expect(partsAsked(gateway).length).toBeLessThanOrEqual(door === "part" ? 3 : 6);
  },
);

test("uploadArchive() drops the work when its token is not taken", async () => {
  await using folder = await archive();
  await using gateway = await fakeUploadServer({ partBytes: PART, token: "another" });

  expect(await uploadArchive(request(folder, gateway), tools())).toEqual({ kind: "lost" });
});

test("uploadArchive() fails with too_large on 413 and does not try again", async () => {
  await using folder = await archive();
  await using gateway = await fakeUploadServer({ partBytes: PART, fault: () => ({ answer: 413 }) });

  expect(await uploadArchive(request(folder, gateway), tools())).toMatchObject({
    kind: "failed",
    failure: { code: "too_large" },
  });
  expect(gateway.asked).toHaveLength(1);
});

test.each([
  [507, "disk_full"],
  [503, "agent_lost"],
])("uploadArchive() waits longer and longer on %i and fails at last with %s", async (answer, code) => {
  await using folder = await archive();
  await using gateway = await fakeUploadServer({ partBytes: PART, fault: () => ({ answer }) });
  const patient = tools({ roundsMax: 8, retryBaseMs: 100, retryMaxMs: 1_000 });

  const outcome = await uploadArchive(request(folder, gateway), patient);

  expect(outcome).toMatchObject({ kind: "failed", failure: { code } });
  expect(patient.waits).toEqual([75, 150, 300, 600, 750, 750, 750]);
});

test("uploadArchive() survives a gateway that is down for a while", async () => {
  await using folder = await archive();
  let isDown = true;
  await using gateway = await fakeUploadServer({ partBytes: PART, fault: () => (isDown ? { answer: 507 } : null) });
  const patient = tools();
  const sleep = async (): Promise<void> => {
    if (gateway.asked.length >= 5) isDown = false;
  };

  expect(await uploadArchive(request(folder, gateway), { ...patient, sleep })).toMatchObject({ kind: "uploaded" });
});

test("uploadArchive() calls a gateway that is not there lost, not the item's fault", async () => {
  await using folder = await archive();
  const gateway = await fakeUploadServer({ partBytes: PART });
  await gateway[Symbol.asyncDispose]();

  const outcome = await uploadArchive(request(folder, gateway), tools({ roundsMax: 3 }));

  expect(outcome).toMatchObject({
    kind: "failed",
    failure: { code: "agent_lost", detail: expect.stringContaining("ECONNREFUSED") },
  });
});

test("uploadArchive() ends requests that nobody answers", async () => {
  await using folder = await archive();
  await using gateway = await fakeUploadServer({ partBytes: PART, fault: once(isPart(2), { silence: true }) });

  const outcome = await uploadArchive(request(folder, gateway), tools({ partMs: 50 }));

  expect(outcome).toMatchObject({ kind: "uploaded" });
  expect(gateway.content().equals(CONTENT)).toBe(true);
});

test("uploadArchive() gives up on a part whose hash is refused again and again", async () => {
  await using folder = await archive();
  await using gateway = await fakeUploadServer({
    partBytes: PART,
    fault: (asked) => (isPart(6)(asked) ? { damage: true } : null),
  });

  const outcome = await uploadArchive(request(folder, gateway), tools());

  expect(outcome).toMatchObject({ kind: "failed", failure: { code: "hash_mismatch" } });
  expect(partsAsked(gateway).filter((n) => n === 6)).toHaveLength(5);
});

test.each<[string, (plan: UploadPlan) => unknown]>([
  ["is no plan", () => ({ hello: "world" })],
  ["names parts that do not exist", (plan) => ({ ...plan, parts: [{ n: 99, url: "/x", done: false }] })],
  ["has parts too large for memory", (plan) => ({ ...plan, partBytes: 1e9 })],
  ["names a part twice", (plan) => ({ ...plan, parts: [...plan.parts, ...plan.parts] })],
  [
    "sends the bytes to a file",
    (plan) => ({ ...plan, parts: plan.parts.map((part) => ({ ...part, url: "file:///etc/passwd" })) }),
  ],
  [
    "forgets what it acknowledged",
    (plan) => ({ ...plan, complete: false, parts: plan.parts.map((part) => ({ ...part, done: false })) }),
  ],
])("uploadArchive() gives up on a plan that %s", async (_what, plan) => {
  await using folder = await archive();
  await using gateway = await fakeUploadServer({ partBytes: PART, plan });

  const outcome = await uploadArchive(request(folder, gateway), tools({ roundsMax: 3 }));

  expect(outcome).toMatchObject({ kind: "failed", failure: { code: "agent_lost" } });
});

test("uploadArchive() keeps its token from other hosts", async () => {
  await using folder = await archive();
  await using bucket = await fakeUploadServer({ partBytes: PART, fault: () => ({ answer: 200 }) });
  await using gateway = await fakeUploadServer({
    partBytes: PART,
    plan: (plan) => ({ ...plan, parts: plan.parts.map((part) => ({ ...part, url: `${bucket.url}${part.url}` })) }),
  });

  await uploadArchive(request(folder, gateway), tools({ roundsMax: 1 }));

  expect(new Set(bucket.asked.map(({ n, authorization }) => `${n} ${authorization}`)).size).toBe(6);
  expect(bucket.asked.every(({ authorization }) => authorization === undefined)).toBe(true);
  expect(gateway.asked.every(({ authorization }) => authorization === "Bearer token")).toBe(true);
});

test("uploadArchive() fails with internal when its file changed or vanished", async () => {
  await using folder = await archive();
  await using gateway = await fakeUploadServer({
    partBytes: PART,
    fault: once(isPart(1), { answer: 500 }),
  });
  const cut = { ...tools(), sleep: () => truncate(folder.at("mod.zip"), PART) };

  const changed = await uploadArchive(request(folder, gateway), cut);
  await writeFile(folder.at("mod.zip"), "short");
  const short = await uploadArchive(request(folder, gateway), tools());
  await unlink(folder.at("mod.zip"));
  const gone = await uploadArchive(request(folder, gateway), tools());

  for (const outcome of [changed, short, gone])
    expect(outcome).toMatchObject({ kind: "failed", failure: { code: "internal" } });
});
