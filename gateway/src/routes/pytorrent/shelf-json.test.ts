import { expect, test } from "vitest";
import type { ShelfGame, ShelfMod } from "../../domain/shelf.ts";
import { gameJson, isoMicros, labelJson, modJson, NO_ITEMS, pageJson, resourceJson } from "./shelf-json.ts";

const MOD: ShelfMod = {
  id: "9223372036854775807",
  name: 'Quoted "name" \u2028🚀',
  description: "a\r\nb",
  sizeBytes: null,
  condition: 2,
  createdAt: 1_333_433_476_000_000,
  updatedAt: 1_450_810_521_000_001,
  requestedAt: 1_777_599_720_032_907,
  origin: "steam",
  downloads: 3,
  app: null,
  nulls: [],
};

test.each([
  [0, "1970-01-01T00:00:00"],
  [1, "1970-01-01T00:00:00.000001"],
  [-1, "1969-12-31T23:59:59.999999"],
  [1_777_599_720_032_907, "2026-05-01T01:42:00.032907"],
  [1_777_599_720_500_000, "2026-05-01T01:42:00.500000"],
  [-62_135_596_800_000_000, "0001-01-01T00:00:00"],
])("isoMicros() of %i is %s", (micros, text) => {
  expect(isoMicros(micros)).toBe(text);
});

test("modJson() is JSON in PyTorrent's order with an exact id", () => {
  expect(modJson(MOD)).toBe(
    `{"name":${JSON.stringify(MOD.name)},"description":"a\\r\\nb","condition":2,"date_update":"2015-12-22T18:55:21.000001",` +
      `"source":"steam","id":9223372036854775807,"size":null,"date_creation":"2012-04-03T06:11:16",` +
      `"date_request":"2026-05-01T01:42:00.032907","downloads":3}`,
  );
});

test("modJson() says null where a row that was taken over said so", () => {
  const nulls = ["name", "size", "date_creation", "downloads", "description"];

  expect(JSON.parse(modJson({ ...MOD, nulls }))).toMatchObject(Object.fromEntries(nulls.map((name) => [name, null])));
});

test("gameJson(), labelJson() and resourceJson() keep PyTorrent's order", () => {
  const game: ShelfGame = {
    id: 4_000,
    name: "Garry's",
    kind: "game",
    logoUrl: "https://logo",
    shortDescription: "s",
    description: "d",
    modsDownloads: 5,
    modsCount: 2,
    createdAt: 1_000_000,
    origin: "local",
    nulls: ["mods_count"],
  };

  expect(gameJson(game)).toBe(
    `{"name":"Garry's","logo":"https://logo","description":"d","mods_count":null,"source":"local","id":4000,"type":"game",` +
      `"short_description":"s","mods_downloads":5,"creation_date":"1970-01-01T00:00:01"}`,
  );
  expect(labelJson({ id: 3, name: '"' })).toBe('{"name":"\\"","id":3}');
  expect(resourceJson({ id: 1, kind: "logo", url: "u", at: 0, mod: "9223372036854775807" })).toBe(
    '{"id":1,"type":"logo","date_event":"1970-01-01T00:00:00","owner_id":9223372036854775807,"url":"u"}',
  );
});

test("pageJson() says the offset as it was asked for", () => {
  expect(pageJson({ total: 2, items: [1, 2] }, -10, String)).toBe('{"database_size":2,"offset":-10,"results":[1,2]}');
  expect(pageJson(NO_ITEMS, 2n ** 70n, String)).toBe(
    '{"database_size":0,"offset":1180591620717411303424,"results":[]}',
  );
});
