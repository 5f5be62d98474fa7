import { expect, test } from "vitest";
import { z } from "zod";
import { testGateway } from "../../../test/harness.ts";
import { ModView } from "./mod-view.ts";

const List = z.object({ items: z.array(ModView), next: z.string().nullable(), facets: z.unknown().optional() });

async function aLibrary() {
  const gateway = await testGateway();
  const mods = [
    { id: "101", title: "Alpha", tags: ["Mod", "1.5"], updatedAt: Date.parse("2026-01-01T00:00:00Z") },
    { id: "102", title: "Beta", tags: ["Mod"], app: 4000, updatedAt: Date.parse("2026-02-01T00:00:00Z") },
    { id: "103", title: "Gamma", tags: ["Map"], updatedAt: Date.parse("2026-03-01T00:00:00Z") },
  ];
  for (const item of mods) await gateway.addArchive({ item });
  const list = async (query: string) => {
    const answer = await gateway.get(`/api/mods?${query}`);
    expect(answer.status).toBe(200);
    return List.parse(await answer.json());
  };
  const ids = async (query: string) => (await list(query)).items.map(({ id }) => id);
  return { gateway, list, ids, [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose]() };
}

test("GET /api/mods lists mods with what is served of them", async () => {
  await using library = await aLibrary();

  const { items, next } = await library.list("sort=name");

  expect(items.map(({ name }) => name)).toEqual(["Alpha", "Beta", "Gamma"]);
  expect(items[0]).toMatchObject({ id: "101", game: "294100", updatedAt: "2026-01-01T00:00:00.000Z" });
  expect(items[0]?.current?.archive.url).toMatch(/^\/api\/mods\/101\/versions\/\d+\/archive$/);
  expect(next).toBeNull();
});

test.each([
  ["q=amm", ["103"]],
  ["game=4000", ["102"]],
  ["tag=Mod&sort=name", ["101", "102"]],
  ["tag=Mod&tag=1.5", ["101"]],
  ["tag=Mod&exclude_tag=1.5", ["102"]],
  ["source=steam&sort=-name", ["103", "102", "101"]],
  ["source=local", []],
  ["updated_since=2026-02-01T00:00:00Z&sort=updated", ["102", "103"]],
  ["updated_since=2026-02-01T01:00:00%2B01:00&sort=updated", ["102", "103"]],
])("GET /api/mods?%s finds %j", async (query, expected) => {
  await using library = await aLibrary();

  expect(await library.ids(query)).toEqual(expected);
});

test("GET /api/mods finds mods that need others, and those that need none", async () => {
  await using library = await aLibrary();
  await library.gateway.deps.database.write({
    sql: "INSERT INTO mod_dependencies (mod_id, dependency_id) VALUES (102, 101), (102, 7)",
  });

  expect(await library.ids("dependencies=true")).toEqual(["102"]);
  expect(await library.ids("dependencies=false&sort=name")).toEqual(["101", "103"]);
  expect((await library.gateway.get("/api/mods?dependencies=1")).status).toBe(400);
});

test("GET /api/mods goes on behind a cursor until there is no more", async () => {
  await using library = await aLibrary();

  const first = await library.list("sort=-name&limit=2");
  const rest = await library.list(`sort=-name&limit=2&cursor=${first.next}`);

  expect([...first.items, ...rest.items].map(({ id }) => id)).toEqual(["103", "102", "101"]);
  expect(rest.next).toBeNull();
});

test("GET /api/mods?facets=1 counts games and tags of what was found", async () => {
  await using library = await aLibrary();

  const { facets } = await library.list("facets=1&tag=Mod");

  expect(facets).toMatchObject({
    games: expect.arrayContaining([expect.objectContaining({ id: "4000", mods: 1 })]),
    tags: expect.arrayContaining([{ name: "Mod", mods: 2 }]),
    complete: true,
  });
});

test("GET /api/mods costs nothing when nothing changed", async () => {
  await using library = await aLibrary();
  const etag = (await library.gateway.get("/api/mods")).headers.get("etag") ?? "";

  const same = await library.gateway.get("/api/mods", { "if-none-match": etag });
  await library.gateway.addArchive({ item: { id: "104" } });
  const other = await library.gateway.get("/api/mods", { "if-none-match": etag });

  expect(etag).toMatch(/^".+"$/);
  expect([same.status, other.status]).toEqual([304, 200]);
});

test.each([
  ["limit=0", "limit", "from 1 to 100"],
  ["limit=101", "limit", "from 1 to 100"],
  ["limit=1e1", "limit", "from 1 to 100"],
  ["limit=5&limit=6", "limit", "string"],
  ["cursor=junk", "cursor", "next"],
  ["cursor=WyJuYW1lIiwiYSIsIjEiXQ", "cursor", "same order"],
  ["game=abc", "game", "whole number"],
  ["updated_since=yesterday", "updated_since", "date"],
  ["q=", "q", "1"],
  ["facets=yes", "facets", "0"],
])("GET /api/mods?%s is refused and names %s", async (query, field, rule) => {
  await using gateway = await testGateway();

  const answer = await gateway.get(`/api/mods?${query}`);

  expect(answer.status).toBe(400);
  const { code, errors } = await answer.json();
  expect(code).toBe("bad_request");
  expect(errors).toEqual([expect.objectContaining({ field, rule: expect.stringContaining(rule) })]);
});

test("GET /api/mods names the allowed values of a closed list and the known parameters", async () => {
  await using gateway = await testGateway();

  const { errors } = await (await gateway.get("/api/mods?sort=best&page=2")).json();

  const allowedOf = (field: string) => errors.find((error: { field: string }) => error.field === field)?.allowed;
  expect(allowedOf("sort")).toContain("-downloads");
  expect(allowedOf("page")).toEqual(expect.arrayContaining(["q", "limit", "cursor"]));
});
