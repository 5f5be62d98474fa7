import { expect, test } from "vitest";
import { testGateway } from "../../../test/harness.ts";
import { anItem } from "../../../test/items.ts";
import { VersionView } from "./mod-view.ts";

async function twoVersions() {
  const gateway = await testGateway();
  await gateway.addArchive({ item: { versionKey: "v1", updatedAt: 1_000 }, files: { a: "1" } });
  gateway.tick(1_000);
  const { version } = await gateway.addArchive({ item: { versionKey: "v 2/é", updatedAt: 2_000 }, files: { a: "2" } });
  return {
    gateway,
    version,
    path: `/api/mods/${version.mod}`,
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  };
}

test("GET /api/mods/{id}/versions lists all of them, the newest first", async () => {
  await using two = await twoVersions();

  const first = await (await two.gateway.get(`${two.path}/versions?limit=1`)).json();
  const rest = await (await two.gateway.get(`${two.path}/versions?limit=1&cursor=${first.next}`)).json();

  expect([...first.items, ...rest.items].map(({ version }) => version)).toEqual(["v 2/é", "v1"]);
  expect(rest.next).toBeNull();
});

test("GET /api/mods/{id}/versions is empty for a mod without an archive", async () => {
  await using gateway = await testGateway();
  await gateway.deps.catalogue.saveItem(anItem({ id: "7" }), 1_000);

  expect(await (await gateway.get("/api/mods/7/versions")).json()).toEqual({ items: [], next: null });
});

test("GET /api/mods/{id}/versions/{version} reads a version by the address its archive has", async () => {
  await using two = await twoVersions();
  const { items } = await (await two.gateway.get(`${two.path}/versions`)).json();

  const answer = await two.gateway.get(items[0].archive.url.replace(/\/archive$/, ""));
  const archive = await two.gateway.get(items[0].archive.url);

  expect(VersionView.parse(await answer.json())).toEqual(items[0]);
  expect(archive.headers.get("etag")).toBe(`"${two.version.archive.sha256}"`);
});

test("GET /api/mods/{id}/versions/{version} keeps the older version's archive", async () => {
  await using two = await twoVersions();

  const [old, current] = [
    await two.gateway.get(`${two.path}/versions/v1/archive`),
    await two.gateway.get(`${two.path}/archive`),
  ];

  expect(old.status).toBe(200);
  expect(old.headers.get("etag")).not.toBe(current.headers.get("etag"));
});

test.each([
  "/versions",
  "/versions/v1",
  "/versions/v1/archive",
  "/versions/v1/torrent",
  "/versions/v1/entries",
  "/archive",
])("GET /api/mods/7%s is a 404 while there is no such mod", async (path) => {
  await using gateway = await testGateway();

  expect((await gateway.get(`/api/mods/7${path}`)).status).toBe(404);
});

test("GET /api/mods/{id}/archive says how to ask for a mod that is not here", async () => {
  await using gateway = await testGateway();
  await gateway.deps.catalogue.saveItem(anItem({ id: "7" }), 1_000);

  const answer = await gateway.get("/api/mods/7/archive");

  expect(answer.status).toBe(404);
  expect((await answer.json()).detail).toContain("POST /api/mods/7/fetch");
});

test("GET /api/mods/{id}/versions refuses a cursor of another list", async () => {
  await using two = await twoVersions();

  const answer = await two.gateway.get(`${two.path}/versions?cursor=WyJuYW1lIiwiYSIsIjEiXQ`);

  expect(answer.status).toBe(400);
});
