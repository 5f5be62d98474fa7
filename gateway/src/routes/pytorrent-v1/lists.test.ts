import { expect, test } from "vitest";
import { type TestGateway, testGateway } from "../../../test/harness.ts";
import { aGameRow, aShelfRow, putOnShelf } from "../../../test/shelf-facts.ts";

const AT = Date.UTC(2026, 4, 15, 23, 15, 36) * 1_000 + 999_999;
const HUGE = 9_223_372_036_854_775_807n;

/** Three mods of game 7 in the order 30, 10, HUGE, one of game 8, and one that never came. */
async function shelf({ deps }: TestGateway): Promise<void> {
  await putOnShelf(deps.database, [
    aGameRow({ id: 7, name: "Seven", created: AT }),
    aGameRow({ id: 8, name: 'Eight "8"', created: AT - 1_000_000, origin: "local" }),
    aShelfRow({ id: 10n, games: [7], order: 2, requested: AT, origin: "local" }),
    aShelfRow({ id: 20n, games: [8], order: 3, requested: AT, size: null }),
    aShelfRow({ id: 30n, games: [7, 8], order: 1, requested: AT, name: "Über\n30" }),
    aShelfRow({ id: HUGE, games: [7], order: 4, requested: AT }),
    aShelfRow({ id: 50n, games: [7], condition: null }),
  ]);
}

const idsOf = (text: string) => [...text.matchAll(/\[[78],(\d+),/g)].map(([, id]) => id);

test("GET /v1/list/mods gives a game's mods as arrays in the order in which they came", async () => {
  await using gateway = await testGateway();
  await shelf(gateway);

  const answer = await gateway.get("/v1/list/mods/2/0/7/ALL");

  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toBe("application/json");
  expect(await answer.text()).toBe(
    '{"database_size":3,"request":{"page_size":2,"page_number":0,"offeset":0,"source":"ALL","game_id":7},' +
      '"results":[[7,30,"Über\\n30",1,"2026-05-15 23:15:36","steam"],[7,10,"Mod 10",1,"2026-05-15 23:15:36","local"]]}',
  );
});

test("GET /v1/list/games gives the games by the time at which they came", async () => {
  await using gateway = await testGateway();
  await shelf(gateway);

  expect(await (await gateway.get("/v1/list/games/9/0/ALL")).text()).toBe(
    '{"database_size":2,"request":{"page_size":9,"page_number":0,"offeset":0,"source":"ALL"},' +
      '"results":[[8,"Eight \\"8\\"","2026-05-15 23:15:35","local"],[7,"Seven","2026-05-15 23:15:36","steam"]]}',
  );
});

test.each([
  ["1/1/7/ALL", ["10"]],
  ["2/1/7/ALL", [String(HUGE)]],
  ["0/0/7/ALL", []],
  ["-1/0/7/ALL", ["30", "10", String(HUGE)]],
  ["-3/-1/7/ALL", []],
  ["-1/-2/7/ALL", [String(HUGE)]],
  ["2/-9/7/ALL", ["30", "10"]],
  ["99999999999999999999/0/7/ALL", ["30", "10", String(HUGE)]],
  ["9/99999999999999999999/7/ALL", []],
  ["9/0/99999999999999999999/ALL", []],
  ["9/0/7/local", ["10"]],
  ["9/0/7/LOCAL", []],
  ["9/0/7/all", []],
  ["9/0/7/%22%20OR%20%221%22=%221", []],
  ["9/0/7/%22", []],
  ["9/0/8/ALL", ["20"]],
])("GET /v1/list/mods/%s finds what SQLite would have found", async (path, expected) => {
  await using gateway = await testGateway();
  await shelf(gateway);

  const answer = await gateway.get(`/v1/list/mods/${path}`);

  expect(answer.status).toBe(200);
  expect(idsOf(await answer.text())).toEqual(expected);
});

test("GET /v1/list/… repeats numbers exactly, however large", async () => {
  await using gateway = await testGateway();

  const answer = await gateway.get("/v1/list/mods/99999999999999999999/-3/88888888888888888888/a%22b");

  expect(await answer.text()).toContain(
    '"request":{"page_size":99999999999999999999,"page_number":-3,"offeset":-299999999999999999997,' +
      '"source":"a\\"b","game_id":88888888888888888888}',
  );
});

test("GET /v1/list/mods gives thousands of mods in pieces, each mod once and in order", async () => {
  await using gateway = await testGateway();
  const ids = Array.from({ length: 2_345 }, (_, n) => BigInt(10_000 - n));
  await putOnShelf(gateway.deps.database, [
    aGameRow({ id: 7 }),
    ...ids.map((id, order) => aShelfRow({ id, games: [7], order: order + 1 })),
  ]);

  const everything = await gateway.get("/v1/list/mods/-1/0/7/ALL");
  const most = await gateway.get("/v1/list/mods/1100/1/7/ALL");

  const text = await everything.text();
  expect(JSON.parse(text)).toMatchObject({ database_size: 2_345 });
  expect(idsOf(text)).toEqual(ids.map(String));
  expect(idsOf(await most.text())).toEqual(ids.slice(1_100, 2_200).map(String));
});

test("GET /v1/list/mods makes no more pieces for a client that left", async () => {
  await using gateway = await testGateway();
  let reads = 0;
  const { shelfOf } = gateway.deps.shelf;
  gateway.deps.shelf.shelfOf = async (game, window) => {
    reads += 1;
    const page = await shelfOf(game, window);
    return { ...page, items: Array.from({ length: 1_000 }, () => page.items[0]).filter((item) => item !== undefined) };
  };
  await shelf(gateway);

  const answer = await gateway.get("/v1/list/mods/-1/0/7/ALL");
  const reader = answer.body?.getReader();
  await reader?.read();
  await reader?.cancel();

  expect(reads).toBe(1);
});

test("GET /v1/list/… is never older than a write, and a 304 while nothing changed", async () => {
  await using gateway = await testGateway();
  await shelf(gateway);
  const before = await gateway.get("/v1/list/mods/9/0/7/ALL");
  const etag = before.headers.get("etag") ?? "";

  const again = await gateway.get("/v1/list/mods/9/0/7/ALL", { "if-none-match": etag });
  await gateway.deps.database.write({ sql: "UPDATE mods SET name = 'New' WHERE id = 30" });
  const after = await gateway.get("/v1/list/mods/9/0/7/ALL", { "if-none-match": etag });

  expect([again.status, after.status]).toEqual([304, 200]);
  expect(await after.text()).toContain('[7,30,"New",');
});

test("GET /v1/list/… lists every number that is none", async () => {
  await using gateway = await testGateway();

  const answer = await gateway.get("/v1/list/games/1.5/x/ALL");

  expect(answer.status).toBe(422);
  expect(await answer.json()).toEqual({
    detail: ["page_size", "page_number"].map((name) => ({
      loc: ["path", name],
      msg: "value is not a valid integer",
      type: "type_error.integer",
    })),
  });
});

test("GET /v1/… has the first interface's own forms for what it does not know", async () => {
  await using gateway = await testGateway();

  const paths = ["/v1/", "/v1/list/mods/3/0/7", "/v1/info/game/7/", "/v1/info/game/7"];
  const answers = await Promise.all([
    ...paths.map((path) => gateway.get(path)),
    gateway.send("POST", "/v1/info/game/7"),
  ]);

  expect(answers.map(({ status }) => status)).toEqual([404, 404, 307, 200, 405]);
  expect(answers.map(({ headers }) => headers.get("access-control-expose-headers"))).toEqual(
    Array(5).fill("Content-Type"),
  );
  expect(answers[2]?.headers.get("location")).toBe("/v1/info/game/7");
  expect(await answers[0]?.json()).toEqual({ detail: "Not Found" });
});
