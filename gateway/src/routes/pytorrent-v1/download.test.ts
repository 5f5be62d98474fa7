import { expect, test } from "vitest";
import { type TestGateway, testGateway } from "../../../test/harness.ts";
import { anItem } from "../../../test/items.ts";
import { aConnected } from "../../../test/job-deps.ts";

const MOD = anItem().id;
const PATH = `/v1/download/steam/${MOD}`;
const DAY = 24 * 3_600_000;
const NEWER = { kind: "found", item: anItem({ versionKey: "2", updatedAt: 1_800_000_000_000 }) } as const;
const DOWN = { kind: "unavailable", retryAfterMs: 1_000 } as const;
const FAILED = {
  state: "failed",
  failure: { code: "item_removed", detail: "", agent: null, network: null, at: 1 },
  retryAt: null,
} as const;

async function knownToSteam(gateway: TestGateway): Promise<void> {
  gateway.connected.push(aConnected());
  gateway.answers.set(MOD, { kind: "found", item: anItem() });
}

const notFound = (info: { check_error?: boolean; search_error?: boolean }) => ({
  message: "this mod was not found",
  error_id: 2,
  info: { check_error: false, search_error: false, ...info },
});

async function expectSent(answer: Response, name: string, zip: Buffer): Promise<void> {
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-disposition")).toBe(`attachment; filename="${name}"`);
  expect(Buffer.from(await answer.arrayBuffer())).toEqual(zip);
}

test("GET /v1/download/steam sends what is here under its id, and counts it", async () => {
  await using gateway = await testGateway();
  await knownToSteam(gateway);
  const { zip } = await gateway.addArchive();

  await expectSent(await gateway.get(PATH), `${MOD}.zip`, zip);

  await gateway.deps.counters.flush();
  expect(await gateway.deps.catalogue.findMod(MOD)).toMatchObject({ downloads: 1 });
  expect(await gateway.deps.database.read({ sql: "SELECT kind, count FROM counters_hour" })).toEqual([
    { kind: "files_sent", count: 1 },
  ]);
});

test.each([DOWN, { kind: "removed" } as const])(
  "GET /v1/download/steam sends what is here under its name while Steam says $kind",
  async (steam) => {
    await using gateway = await testGateway();
    const { zip } = await gateway.addArchive({ item: { title: "a-name" } });
    gateway.answers.set(MOD, steam);

    await expectSent(await gateway.get(PATH), "a-name.zip", zip);
  },
);

test("GET /v1/download/steam queues a new mod once and says so with a 200", async () => {
  await using gateway = await testGateway();
  await knownToSteam(gateway);

  const answers = [await gateway.get(PATH), await gateway.get(PATH)];

  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  expect(await answers[0]?.text()).toBe(
    '{"message":"request added to queue","error_id":0,"unsuccessful_attempts":false}',
  );
  expect(await answers[1]?.json()).toEqual({ message: "your request is already being processed", error_id: 3 });
});

test("GET /v1/download/steam tells of every failure since the last success", async () => {
  await using gateway = await testGateway();
  await knownToSteam(gateway);
  await gateway.addJob(FAILED, { version: "1" });
  gateway.tick(1);
  await gateway.addJob({ state: "cancelled" }, { version: "1" });

  expect(await (await gateway.get(PATH)).json()).toMatchObject({ error_id: 0, unsuccessful_attempts: true });
});

test("GET /v1/download/steam sends an outdated archive for a week and queues the update beside it", async () => {
  await using gateway = await testGateway();
  await knownToSteam(gateway);
  const { zip } = await gateway.addArchive();
  gateway.answers.set(MOD, NEWER);
  gateway.tick(7 * DAY);

  await expectSent(await gateway.get(PATH), `${MOD}.zip`, zip);
  expect(await gateway.deps.jobs.latestFor(MOD)).toMatchObject({ state: "queued", version: "2" });
});

test("GET /v1/download/steam makes people wait for the update of an archive that is older", async () => {
  await using gateway = await testGateway();
  await knownToSteam(gateway);
  await gateway.addArchive();
  gateway.answers.set(MOD, NEWER);
  gateway.tick(8 * DAY);

  const answers = [await gateway.get(PATH), await gateway.get(PATH)];

  expect(await answers[0]?.json()).toMatchObject({ error_id: 0 });
  expect(await answers[1]?.json()).toMatchObject({ error_id: 3 });
});

test("GET /v1/download/steam is not ready while nobody could fetch it, but sends what is here", async () => {
  await using gateway = await testGateway();
  gateway.answers.set(MOD, NEWER);
  const before = await gateway.get(PATH);
  const { zip } = await gateway.addArchive();
  gateway.tick(30 * DAY);

  expect(before.status).toBe(200);
  expect(await before.json()).toEqual({
    message: "the server is not ready to process requests",
    error_id: 1,
  });
  await expectSent(await gateway.get(PATH), `${MOD}.zip`, zip);
});

test.each([
  ["there is no such item", { kind: "removed" }, { search_error: true }],
  ["it is a collection", { kind: "collection" }, { search_error: true }],
  ["nothing", DOWN, { check_error: true }],
] as const)("GET /v1/download/steam finds nothing while Steam says %s", async (_, steam, info) => {
  await using gateway = await testGateway();
  gateway.answers.set(MOD, steam);

  const answer = await gateway.get(PATH);

  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual(notFound(info));
});

test("GET /v1/download/steam does not try again what just failed for good", async () => {
  await using gateway = await testGateway();
  await knownToSteam(gateway);
  await gateway.addJob({ ...FAILED, retryAt: gateway.deps.now() + 60_000 });

  expect(await (await gateway.get(PATH)).json()).toEqual(notFound({}));
});

test.each(["0", "-1", "9223372036854775808"])("GET /v1/download/steam/%s is an item that cannot be", async (id) => {
  await using gateway = await testGateway();

  expect(await (await gateway.get(`/v1/download/steam/${id}`)).json()).toEqual(notFound({ search_error: true }));
});
