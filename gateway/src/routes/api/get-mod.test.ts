import { expect, test } from "vitest";
import { testGateway } from "../../../test/harness.ts";
import { anItem } from "../../../test/items.ts";
import { ModView } from "./mod-view.ts";

test("GET /api/mods/{id} shows a mod that has no archive yet", async () => {
  await using gateway = await testGateway();
  await gateway.deps.catalogue.saveItem(anItem({ id: "7", title: "Seven" }), 1_000);

  const answer = await gateway.get("/api/mods/7");

  expect(ModView.parse(await answer.json())).toMatchObject({ id: "7", name: "Seven", current: null });
  expect(answer.headers.get("cache-control")).toBe("public, no-cache");
});

test("GET /api/mods/{id} writes ids beyond 2^53 as they are", async () => {
  await using gateway = await testGateway();
  await gateway.deps.catalogue.saveItem(anItem({ id: "9007199254740993" }), 1_000);

  expect(await (await gateway.get("/api/mods/9007199254740993")).json()).toMatchObject({ id: "9007199254740993" });
});

test("GET /api/mods/{id} refuses what is not here", async () => {
  await using gateway = await testGateway();

  const answer = await gateway.get("/api/mods/7");

  expect(answer.status).toBe(404);
  expect(await answer.json()).toMatchObject({ code: "not_found", instance: "/api/mods/7" });
});

test.each(["0", "-1", "007", "abc", "9223372036854775808", "1.5", "%F0%9F%A6%8A"])(
  "GET /api/mods/%s is a 400 that names the rule",
  async (id) => {
    await using gateway = await testGateway();

    const answer = await gateway.get(`/api/mods/${id}`);

    expect(answer.status).toBe(400);
    const { errors } = await answer.json();
    expect(errors[0]).toEqual({ field: "id", rule: "Must be a whole number from 1 to 9223372036854775807" });
  },
);

test("GET /api/mods/{id} takes no parameters", async () => {
  await using gateway = await testGateway();

  const answer = await gateway.get("/api/mods/7?include=all");

  expect(answer.status).toBe(400);
  expect((await answer.json()).errors).toEqual([expect.objectContaining({ field: "include", allowed: [] })]);
});
