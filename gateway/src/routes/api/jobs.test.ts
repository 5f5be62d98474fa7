import { expect, test } from "vitest";
import { type JobInState, testGateway } from "../../../test/harness.ts";
import { anItem } from "../../../test/items.ts";
import { aConnected } from "../../../test/job-deps.ts";
import { JobView } from "./job-view.ts";

const failure = { code: "rate_limited", detail: "IP 192.0.2.1 said no", agent: null, network: null, at: 1 } as const;

const states: [JobInState, object][] = [
  [{ state: "queued" }, { state: "queued", stage: null, bytes: 0, total: 1_000, place: 1, finishedAt: null }],
  [
    { state: "leased", lease: { stage: "downloading", bytes: 10, total: 40 }, startedAt: 1_000_000 },
    { state: "leased", stage: "downloading", bytes: 10, total: 40, place: null, startedAt: "1970-01-01T00:16:40.000Z" },
  ],
  [
    { state: "leased", lease: { stage: "offered", bytes: 0, total: null } },
    { stage: "offered", total: 1_000 },
  ],
  [{ state: "verifying" }, { state: "verifying", stage: null, bytes: 700, total: 700 }],
  [{ state: "cancelled" }, { state: "cancelled", finishedAt: "1970-01-01T00:16:40.000Z" }],
  [
    { state: "queued", failure },
    { failure: { code: "rate_limited", retryable: true, retryAt: "1970-01-01T00:16:40.000Z" } },
  ],
  [
    { state: "failed", failure: { ...failure, code: "item_removed" }, retryAt: null },
    { state: "failed", failure: { code: "item_removed", message: "Steam no longer has this item", retryable: false } },
  ],
];

test.each(states)("GET /api/jobs/{id} shows a job that is %j", async (state, expected) => {
  await using gateway = await testGateway();
  const { id } = await gateway.addJob(state);

  const answer = await gateway.get(`/api/jobs/${id}`);
  const text = await answer.text();

  expect(JobView.parse(JSON.parse(text))).toMatchObject({ id, mod: "9000000101", ...expected });
  expect(text).not.toContain("192.0.2.1");
});

test("GET /api/jobs/{id} of a finished job leads to the archive", async () => {
  await using gateway = await testGateway();
  const { id } = await gateway.addJob({ state: "done" }, { version: "a/b" });

  const { archive } = JobView.parse(await (await gateway.get(`/api/jobs/${id}`)).json());

  expect(archive).toEqual({
    url: "/api/mods/9000000101/versions/a%2Fb/archive",
    torrent: "/api/mods/9000000101/versions/a%2Fb/torrent",
    sha256: "5".repeat(64),
    bytes: 700,
  });
});

test("GET /api/jobs/{id} knows neither strangers nor junk", async () => {
  await using gateway = await testGateway();

  const [stranger, junk] = [await gateway.get(`/api/jobs/job_${"0".repeat(20)}`), await gateway.get("/api/jobs/7")];

  expect([stranger.status, junk.status]).toEqual([404, 400]);
  expect((await junk.json()).errors[0]).toMatchObject({ field: "id", rule: expect.stringContaining("job_") });
});

test("GET /api/jobs/{id} says that a file with another hash than expected stays another, and an upload does not", async () => {
  await using gateway = await testGateway();
  const broken = { ...failure, code: "hash_mismatch" } as const;
  const source = { kind: "http", url: "https://host.example/a", sha256: "a".repeat(64) } as const;
  const upload = await gateway.addJob({ state: "queued", failure: broken });
  const file = await gateway.addJob({ state: "queued", source, failure: broken }, { source });

  const read = async ({ id }: { id: string }) => JobView.parse(await (await gateway.get(`/api/jobs/${id}`)).json());

  expect((await read(upload)).failure).toMatchObject({
    retryable: true,
    advice: expect.stringContaining("another agent"),
  });
  expect((await read(file)).failure).toMatchObject({ retryable: false, message: expect.stringContaining("expected") });
});

test("DELETE /api/jobs/{id} ends a job that only its requester wanted", async () => {
  await using gateway = await testGateway();
  gateway.connected.push(aConnected());
  gateway.answers.set("7", { kind: "found", item: anItem({ id: "7" }) });
  const { id } = JobView.parse(await (await gateway.send("POST", "/api/mods/7/fetch")).json());

  const answer = await gateway.send("DELETE", `/api/jobs/${id}`);

  expect(answer.status).toBe(200);
  expect(JobView.parse(await answer.json())).toMatchObject({ id, state: "cancelled", place: null });
});

test("DELETE /api/jobs/{id} is not for strangers", async () => {
  await using gateway = await testGateway();
  const { id } = await gateway.addJob({ state: "queued" }, { requester: "somebody else" });

  const answer = await gateway.send("DELETE", `/api/jobs/${id}`);

  expect(answer.status).toBe(403);
  expect(await answer.json()).toMatchObject({ code: "forbidden" });
  expect(await gateway.deps.jobs.find(id)).toMatchObject({ state: "queued" });
});
