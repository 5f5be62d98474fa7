import { expect, test } from "vitest";
import { testGateway } from "../../../test/harness.ts";
import { anItem } from "../../../test/items.ts";
import { aGameRow, aShelfRow, putOnShelf } from "../../../test/shelf-facts.ts";

const FAILED = {
  state: "failed",
  failure: { code: "item_removed", detail: "", agent: null, network: null, at: 1 },
  retryAt: null,
} as const;
const MOD = anItem().id;
const AT = Date.UTC(2026, 10, 20, 15);
const rowAt = (time: string, size = 1_000) => [294100, Number(MOD), "Example Mod", size, time, "steam"];

test("GET /v1/info/game gives one row, or null", async () => {
  await using gateway = await testGateway();
  await putOnShelf(gateway.deps.database, [aGameRow({ id: 7, name: "Seven", created: AT * 1_000 })]);

  const [known, unknown] = await Promise.all([gateway.get("/v1/info/game/7"), gateway.get("/v1/info/game/-1")]);

  expect(await known.text()).toBe('{"request":{"game_id":7},"results":[7,"Seven","2026-11-20 15:00:00","steam"]}');
  expect(await unknown.text()).toBe('{"request":{"game_id":-1},"results":null}');
});

test.each(["1", "-5", "9223372036854775808", "99999999999999999999999"])(
  "GET /v1/info/mod/%s is about a mod that nobody knows",
  async (id) => {
    await using gateway = await testGateway();

    expect(await (await gateway.get(`/v1/info/mod/${id}`)).text()).toBe(
      `{"request":{"mod_id":${id}},"condition":-1,"downloaded":null,"requested":null,"not_loaded":null}`,
    );
  },
);

test("GET /v1/info/mod tells a mod's whole story", async () => {
  await using gateway = await testGateway({ startAt: AT });
  const info = async () => (await gateway.get(`/v1/info/mod/${MOD}`)).json();
  await gateway.deps.catalogue.saveItem(anItem(), AT);
  expect(await info()).toMatchObject({ condition: -1, requested: null });

  const first = await gateway.addJob({ state: "queued" });
  expect(await info()).toMatchObject({ condition: 2, downloaded: null, requested: rowAt("2026-11-20 15:00:00") });
  await gateway.deps.jobs.replace(first, { ...first, ...FAILED, finishedAt: AT + 1 });
  const failures = [rowAt("2026-11-20 15:00:00")];
  expect(await info()).toMatchObject({ condition: 3, requested: null, not_loaded: failures });

  gateway.tick(1_500);
  const second = await gateway.addJob({ state: "queued" }, { expectedBytes: 5 });
  expect(await info()).toEqual({
    request: { mod_id: Number(MOD) },
    condition: 1,
    downloaded: null,
    requested: rowAt("2026-11-20 15:00:01", 5),
    not_loaded: failures,
  });
  await gateway.deps.jobs.replace(second, { ...second, state: "cancelled", finishedAt: AT + 2_000 });
  await gateway.addArchive();
  expect(await info()).toMatchObject({ condition: 0, downloaded: rowAt("2026-11-20 15:00:00"), requested: null });
});

test("GET /v1/info/mod shows what is here also while an update comes", async () => {
  await using gateway = await testGateway({ startAt: AT });
  await gateway.addArchive();
  await gateway.addJob({ state: "queued" }, { version: "2" });

  expect(await (await gateway.get(`/v1/info/mod/${MOD}`)).json()).toMatchObject({
    condition: 0,
    downloaded: rowAt("2026-11-20 15:00:00"),
    requested: rowAt("2026-11-20 15:00:00"),
  });
});

test("GET /v1/info/mod knows ids beyond 2^53, and nothing that was filed under no game", async () => {
  await using gateway = await testGateway();
  await putOnShelf(gateway.deps.database, [
    aGameRow({ id: 7 }),
    aShelfRow({ id: 9_223_372_036_854_775_807n, games: [7], order: 1 }),
    aShelfRow({ id: 20n, order: 2 }),
  ]);

  const huge = await (await gateway.get("/v1/info/mod/9223372036854775807")).text();
  const homeless = await (await gateway.get("/v1/info/mod/20")).json();

  expect(huge).toContain(
    '"downloaded":[7,9223372036854775807,"Mod 9223372036854775807",1,"1970-01-01 00:00:00","steam"]',
  );
  expect(homeless).toMatchObject({ condition: -1, downloaded: null });
});

test("GET /v1/info/mod leaves open what was taken over with nothing in it", async () => {
  await using gateway = await testGateway();
  await putOnShelf(gateway.deps.database, [
    aGameRow({ id: 7 }),
    aShelfRow({ id: 20n, games: [7], order: 1, size: null }),
  ]);
  await gateway.deps.database.write({
    sql: `UPDATE mods SET nulls = '["name","date_request","source"]' WHERE id = 20`,
  });

  expect(await (await gateway.get("/v1/info/mod/20")).json()).toMatchObject({
    condition: 0,
    downloaded: [7, 20, null, null, null, null],
  });
});
