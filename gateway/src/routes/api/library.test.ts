import { expect, test } from "vitest";
import { testGateway } from "../../../test/harness.ts";
import { aConnected } from "../../../test/job-deps.ts";

test("GET /api/fleet shows who is connected, without addresses", async () => {
  await using gateway = await testGateway();
  gateway.connected.push(
    aConnected({ name: "Ada", slots: 2, freeSlots: 1 }),
    aConnected({ name: "Bo", draining: true }),
  );

  const answer = await gateway.get("/api/fleet");
  const text = await answer.text();

  expect(JSON.parse(text)).toMatchObject({
    agents: [
      { name: "Ada", engines: ["workshop"], slots: 2, freeSlots: 1, draining: false },
      { name: "Bo", draining: true },
    ],
    totals: { agents: 2, slots: 4, freeSlots: 3 },
  });
  expect(text).not.toContain("192.0.2.1");
});

test("GET /api/events goes on where the last page ended", async () => {
  await using gateway = await testGateway();
  await gateway.addArchive({ item: { id: "7", versionKey: "v1" } });

  const first = await (await gateway.get("/api/events?limit=1")).json();
  const rest = await (await gateway.get(`/api/events?after=${first.after}`)).json();
  const none = await (await gateway.get(`/api/events?after=${rest.after}`)).json();

  expect(first.items).toEqual([expect.objectContaining({ type: "mod_added", mod: "7", version: null })]);
  expect(rest.items).toEqual([expect.objectContaining({ type: "version_published", mod: "7", version: "v1" })]);
  expect(none).toEqual({ items: [], after: rest.after });
});

test.each(["after=-1", "after=x", "limit=1001", "since=1"])("GET /api/events?%s is refused", async (query) => {
  await using gateway = await testGateway();

  expect((await gateway.get(`/api/events?${query}`)).status).toBe(400);
});

test("GET /healthz and /readyz say ok", async () => {
  await using gateway = await testGateway();

  const [health, ready] = [await gateway.get("/healthz"), await gateway.get("/readyz")];

  expect([health.status, ready.status]).toEqual([200, 200]);
  expect(await health.json()).toMatchObject({ status: "ok" });
  expect(await ready.json()).toMatchObject({ status: "ok", database: "ok", blobs: "ok" });
});

test("GET /readyz names what is out of reach, and /healthz does not care", async () => {
  await using gateway = await testGateway();
  await gateway.deps.database.close();

  const [health, ready] = [await gateway.get("/healthz"), await gateway.get("/readyz")];

  expect([health.status, ready.status]).toEqual([200, 503]);
  expect(await ready.json()).toMatchObject({ status: "failing", database: "failing", blobs: "ok" });
});
