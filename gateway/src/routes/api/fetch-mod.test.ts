import { expect, test } from "vitest";
import { testGateway } from "../../../test/harness.ts";
import { anItem } from "../../../test/items.ts";
import { aConnected } from "../../../test/job-deps.ts";
import { JobView } from "./job-view.ts";
import { ModView } from "./mod-view.ts";

const found = (id: string) => ({ kind: "found", item: anItem({ id }) }) as const;

test("POST /api/mods/{id}/fetch makes a job once and says where it is", async () => {
  await using gateway = await testGateway();
  gateway.connected.push(aConnected());
  gateway.answers.set("7", found("7"));

  const [first, second] = [
    await gateway.send("POST", "/api/mods/7/fetch"),
    await gateway.send("POST", "/api/mods/7/fetch"),
  ];

  const job = JobView.parse(await first.json());
  expect([first.status, second.status]).toEqual([202, 202]);
  expect(job).toMatchObject({ state: "queued", stage: null, bytes: 0, total: 1_000, place: 1, mod: "7" });
  expect(first.headers.get("location")).toBe(`/api/jobs/${job.id}`);
  expect(first.headers.get("retry-after")).toBe("5");
  expect(await second.json()).toEqual(job);
});

test("POST /api/mods/{id}/fetch answers with the mod when its archive is here", async () => {
  await using gateway = await testGateway();
  const { version } = await gateway.addArchive({ item: { id: "7" } });
  gateway.answers.set("7", found("7"));

  const answer = await gateway.send("POST", "/api/mods/7/fetch");

  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-location")).toBe("/api/mods/7");
  expect(ModView.parse(await answer.json()).current?.archive.sha256).toBe(version.archive.sha256);
});

test.each([
  ["removed", { kind: "removed" }, 404, "not_found", null],
  ["a collection", { kind: "collection" }, 422, "unprocessable", null],
  ["out of reach", { kind: "unavailable", retryAfterMs: 1_500 }, 503, "steam_unavailable", "2"],
] as const)("POST /api/mods/{id}/fetch of an item that is %s creates nothing", async (_, steam, status, code, wait) => {
  await using gateway = await testGateway();
  gateway.connected.push(aConnected());
  gateway.answers.set("7", steam);

  const answer = await gateway.send("POST", "/api/mods/7/fetch");

  expect(answer.status).toBe(status);
  expect(await answer.json()).toMatchObject({ code });
  expect(answer.headers.get("retry-after")).toBe(wait);
  expect(await gateway.deps.jobs.latestFor("7")).toBeNull();
});

test("POST /api/mods/{id}/fetch is not ready while nobody could fetch it", async () => {
  await using gateway = await testGateway();
  gateway.answers.set("7", found("7"));

  const answer = await gateway.send("POST", "/api/mods/7/fetch");

  expect(answer.status).toBe(503);
  expect(await answer.json()).toMatchObject({ code: "not_ready" });
  expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
});

test("POST /api/mods/{id}/fetch tells a remembered failure with its code and what to do", async () => {
  await using gateway = await testGateway();
  gateway.connected.push(aConnected());
  gateway.answers.set("7", found("7"));
  const now = gateway.deps.now();
  const failure = { code: "needs_owner", detail: "secret words", agent: null, network: null, at: now } as const;
  const job = await gateway.addJob({ state: "failed", failure, retryAt: now + 60_000 }, { mod: "7" });

  const answer = await gateway.send("POST", "/api/mods/7/fetch");
  const text = await answer.text();

  expect(answer.status).toBe(409);
  expect(answer.headers.get("retry-after")).toBe("60");
  expect(answer.headers.get("link")).toContain(`/api/jobs/${job.id}`);
  expect(JSON.parse(text)).toMatchObject({
    code: "conflict",
    job: job.id,
    failure: { code: "needs_owner", retryable: false },
  });
  expect(text).not.toContain("secret words");
});

test("GET /download/steam/{id} tells a remembered failure in PyTorrent's words", async () => {
  await using gateway = await testGateway();
  gateway.connected.push(aConnected());
  gateway.answers.set("7", found("7"));
  const now = gateway.deps.now();
  const failure = { code: "needs_owner", detail: "", agent: null, network: null, at: now } as const;
  await gateway.addJob({ state: "failed", failure, retryAt: now + 60_000 }, { mod: "7" });

  const answer = await gateway.get("/download/steam/7");

  expect(answer.status).toBe(404);
  expect(answer.headers.get("retry-after")).toBe("60");
  expect(await answer.json()).toEqual({ message: "this mod was not found", error_id: 2, unsuccessful_attempts: true });
});

test("POST /api/mods/{id}/fetch refuses a body that is too large", async () => {
  await using gateway = await testGateway();

  const answer = await gateway.send("POST", "/api/mods/7/fetch", { body: "x".repeat(65 * 1024) });

  expect(answer.status).toBe(413);
  expect(await answer.json()).toMatchObject({ code: "body_too_large" });
});

test("POST /api/mods/{id}/fetch refuses a bad id before Steam is asked", async () => {
  await using gateway = await testGateway();
  gateway.deps.steam.item = () => expect.fail("Steam was asked");

  expect((await gateway.send("POST", "/api/mods/0/fetch")).status).toBe(400);
});
