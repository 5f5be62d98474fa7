import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestGateway, testGateway } from "../../../test/harness.ts";
import { aGameRow, aGenreRow, aShelfRow, aTagRow, putOnShelf } from "../../../test/shelf-facts.ts";

const BEYOND_53_BITS = "9223372036854775807";
const HUGE = "9".repeat(40);
const LONG_LIST = `[${Array(31).fill(1).join(",")}]`;
const WRONG_SIZE = '{"message":"incorrect page size","error_id":1}';
const TOO_COMPLEX = '{"message":"the maximum complexity of filters is 30 elements in sum","error_id":2}';
const WRONG_IDS = '{"message":"the size of the array is not correct","error_id":1}';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await testGateway();
  await putOnShelf(gateway.deps.database, [
    ...[aTagRow(1), aTagRow(2), aGenreRow(1, "Action"), aGameRow({ id: 10, mods: 2, genres: [1] })],
    { sql: "INSERT INTO game_tags (game_id, tag_id, listed) VALUES (10, 1, 1), (10, 2, 1)" },
    aShelfRow({ id: 1n, name: "Core", downloads: 5, games: [10], tags: [1], created: 1_500_000 }),
    aShelfRow({
      id: 2n,
      name: "Addon",
      downloads: 5,
      games: [10],
      tags: [1, 2],
      needs: [1n, 2n ** 63n - 1n],
      condition: 1,
    }),
    aShelfRow({ id: 2n ** 63n - 1n, name: "Far", downloads: 1, origin: "local" }),
    {
      sql: "INSERT INTO media (id, mod_id, kind, url, at) VALUES (1, 1, 'screenshot', 'u', 0), (2, 1, 'logo', 'v', 1)",
    },
  ]);
});

afterAll(() => gateway[Symbol.asyncDispose]());

async function bodyOf(path: string): Promise<string> {
  const answer = await gateway.get(path);
  expect(answer.headers.get("content-type")).toBe("application/json");
  return answer.text();
}

/** Ids of a list as they are written. */
const idsOf = async (path: string) => [...(await bodyOf(path)).matchAll(/"id":(\d+)/g)].map(([, id]) => id);

test("GET /info/mod/{id} is one mod, with what it needs when that is asked for", async () => {
  const mod =
    '{"name":"Addon","description":"","condition":1,"date_update":"1970-01-01T00:00:00","source":"steam","id":2,"size":1,' +
    '"date_creation":"1970-01-01T00:00:00","date_request":"1970-01-01T00:00:00","downloads":5}';

  expect(await bodyOf("/info/mod/2")).toBe(`{"result":${mod}}`);
  expect(await bodyOf("/info/mod/2?dependencies=yes")).toBe(
    `{"result":${mod},"dependencies":[1,${BEYOND_53_BITS}],"dependencies_count":2}`,
  );
  expect(await bodyOf(`/info/mod/${BEYOND_53_BITS}`)).toContain(`"id":${BEYOND_53_BITS},`);
});

test.each(["0", "-1", "3", "9223372036854775808", HUGE])("GET /info/mod/%s is nobody", async (id) => {
  expect(await bodyOf(`/info/mod/${id}`)).toBe('{"result":null}');
  expect(await bodyOf(`/info/mod/${id}?dependencies=1`)).toBe(
    '{"result":null,"dependencies":[],"dependencies_count":0}',
  );
  expect(await bodyOf(`/info/game/${id}`)).toBe('{"result":null}');
  expect(await bodyOf(`/list/tags/${id}`)).toBe('{"database_size":0,"offset":0,"results":[]}');
  expect(await bodyOf(`/list/resources_mods/${id}`)).toBe('{"database_size":0,"offset":0,"results":[]}');
});

test("GET /info/game/{id}, /list/genres, /list/tags/{id} and /list/resources_mods/{id} keep PyTorrent's form", async () => {
  const game =
    '{"name":"Game 10","logo":null,"description":"","mods_count":2,"source":"steam","id":10,"type":"game",' +
    '"short_description":"","mods_downloads":0,"creation_date":"1970-01-01T00:00:00"}';

  expect(await bodyOf("/info/game/10")).toBe(`{"result":${game}}`);
  expect(await bodyOf("/list/games/?genres=[1]")).toBe(`{"database_size":1,"offset":0,"results":[${game}]}`);
  expect(await bodyOf("/list/genres")).toBe('{"database_size":1,"offset":0,"results":[{"name":"Action","id":1}]}');
  expect(await bodyOf("/list/tags/10?page_size=1&page=1")).toBe(
    '{"database_size":2,"offset":1,"results":[{"name":"Tag 2","id":2}]}',
  );
  expect(await bodyOf("/list/resources_mods/1?types_resources=[%22logo%22]")).toBe(
    '{"database_size":1,"offset":0,"results":[{"id":2,"type":"logo","date_event":"1970-01-01T00:00:00.001000","owner_id":1,"url":"v"}]}',
  );
});

test.each([
  ["", [BEYOND_53_BITS, "1", "2"]],
  ["?sort=iDOWNLOADS", ["1", "2", BEYOND_53_BITS]],
  ["?sort=NAME", ["2", "1", BEYOND_53_BITS]],
  ["?sort=iNAME", [BEYOND_53_BITS, "1", "2"]],
  ["?sort=iDATE_CREATION", ["1", "2", BEYOND_53_BITS]],
  ["?sort=SOURCE", [BEYOND_53_BITS, "1", "2"]],
  ["?sort=name", [BEYOND_53_BITS, "1", "2"]],
  ["?sort=iconstructor", [BEYOND_53_BITS, "1", "2"]],
  ["?tags=[1]", ["1", "2"]],
  ["?tags=[1,2]", ["2"]],
  ['?tags=["1"]', ["1", "2"]],
  ["?tags=[[1]]", []],
  ["?tags=1", [BEYOND_53_BITS, "1", "2"]],
  ["?games=[10]&dependencies=true", ["1"]],
  ['?primary_sources=["local","x"]', [BEYOND_53_BITS]],
  ["?name=ADD", ["2"]],
  ["?name=C_r%25", ["1"]],
  ["?page_size=1&page=1", ["1"]],
  ["?page_size=1&page=-3", [BEYOND_53_BITS]],
])("GET /list/mods/%s has these mods in this order", async (query, ids) => {
  expect(await idsOf(`/list/mods/${query}`)).toEqual(ids);
});

test.each([
  ["/list/games/", "9223372036854775807", "461168601842738790350"],
  ["/list/mods/", HUGE, String(BigInt(HUGE) * 50n)],
  ["/list/genres", `-${HUGE}`, String(BigInt(HUGE) * -50n)],
])("GET %s?page=%s says the offset exactly", async (path, page, offset) => {
  expect(await bodyOf(`${path}?page_size=50&page=${page}`)).toContain(`"offset":${offset},"results":[`);
});

test.each([
  ["[1, 2, 3]", '{"1":0,"2":1}'],
  [`["2", 1, ${BEYOND_53_BITS}, 1]`, `{"1":0,"2":1,"${BEYOND_53_BITS}":0}`],
  ["[null, [1], 9223372036854775808]", "{}"],
])("GET /condition/mod/%s is %s", async (ids, body) => {
  expect(await bodyOf(`/condition/mod/${encodeURIComponent(ids)}`)).toBe(body);
});

test.each([
  ["/list/mods/?page_size=0&tags=[x", 413, WRONG_SIZE],
  [`/list/mods/?page_size=51&tags=${LONG_LIST}`, 413, WRONG_SIZE],
  [`/list/mods/?tags=${LONG_LIST}`, 413, TOO_COMPLEX],
  ["/list/games/?page_size=0", 413, WRONG_SIZE],
  [`/list/games/?genres=${LONG_LIST}`, 413, TOO_COMPLEX],
  ["/list/tags/10?page_size=-1", 413, WRONG_SIZE],
  ["/list/genres?page_size=51", 413, WRONG_SIZE],
  [`/list/resources_mods/1?page_size=0&types_resources=${LONG_LIST}`, 413, WRONG_SIZE],
  [`/list/resources_mods/1?types_resources=[${Array(21).fill(1).join(",")}]`, 413, TOO_COMPLEX],
  ["/condition/mod/[]", 413, WRONG_IDS],
  ["/condition/mod/5", 413, WRONG_IDS],
  [`/condition/mod/[${Array(51).fill(1).join(",")}]`, 413, WRONG_IDS],
])("GET %s is %i and says why", async (path, status, body) => {
  const answer = await gateway.get(path);

  expect([answer.status, await answer.text()]).toEqual([status, body]);
});

test.each([
  ["/list/mods/?page_size=x&page=y&dependencies=z", ["query page_size", "query page", "query dependencies"]],
  ["/list/games/?page=", ["query page"]],
  ["/list/tags/x?page=y&page_size=z", ["path game_id", "query page_size", "query page"]],
  ["/list/genres?page_size=1.5", ["query page_size"]],
  ["/list/resources_mods/x?page_size=0", ["path mod_id"]],
  ["/info/mod/x?dependencies=2", ["path mod_id", "query dependencies"]],
  ["/info/game/x", ["path game_id"]],
])("GET %s is 422 and names %j", async (path, faults) => {
  const answer = await gateway.get(path);
  const { detail } = await answer.json();

  expect(answer.status).toBe(422);
  expect(detail.map(({ loc }: { loc: string[] }) => loc.join(" "))).toEqual(faults);
});

test("the readers count what they answer and what they refuse, not what they cannot read", async () => {
  await using fresh = await testGateway();
  const counted = ["/list/mods/", "/list/games/?page_size=0", "/list/tags/1", "/list/genres", "/list/resources_mods/1"];
  const others = ["/info/mod/1", "/info/game/1", "/condition/mod/[]", "/condition/mod/[1]", "/"];
  for (const path of [...counted, ...others, "/list/mods/?page=x", "/list/genres/", "/nope"]) await fresh.get(path);
  await fresh.send("HEAD", "/list/genres");
  await fresh.send("POST", "/list/genres");
  await fresh.deps.counters.flush();

  const hours = await fresh.deps.statistics.hours(0, fresh.deps.now());

  expect(Object.fromEntries(hours.map(({ kind, count }) => [kind, count]))).toEqual({
    ...{ "/list/mods/": 1, "/list/games/": 1, "/list/tags/": 1, "/list/genres/": 1, "/list/resources_mods/": 1 },
    ...{ "/info/mod/": 1, "/info/game/": 1, "/condition/mod/": 2, "/": 1 },
  });
});

test("the readers go over the wire as they are, with their length, also from a real socket", async () => {
  const server = await gateway.serve();

  const [list, head] = await Promise.all([
    fetch(`${server.url}/list/genres`),
    fetch(`${server.url}/list/genres`, { method: "HEAD" }),
  ]);
  const text = await list.text();
  await server.close();

  expect(text).toBe(await bodyOf("/list/genres"));
  expect([list, head].map(({ headers }) => headers.get("content-length"))).toEqual(Array(2).fill(String(text.length)));
});
