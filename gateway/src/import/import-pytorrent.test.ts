import { expect, test } from "vitest";
import { dump, importWorld, section } from "../../test/pytorrent/import-world.ts";
import { PRISTINE } from "../../test/pytorrent/installation.ts";

const T = "'2020-01-02 03:04:05.000006'";
const mod = (id: number | string, more: Record<string, string> = {}): string => {
  const row = { name: `'Mod ${id}'`, size: "7", condition: "0", update: T, source: "'steam'", downloads: "3", ...more };
  return `INSERT INTO mods VALUES (${id}, ${row.name}, 'd', ${row.size}, ${row.condition}, ${T}, ${row.update}, ${T}, ${row.source}, ${row.downloads});`;
};
const GAME = `INSERT INTO games VALUES (4000, 'Game', 'game', NULL, 's', 'd', 9, 2, ${T}, 'steam');`;

test("importPytorrent() takes all of the recorded installation, and a second run changes nothing", async () => {
  await using world = await importWorld();
  const run = () => world.run({ files: PRISTINE, archives: PRISTINE.archives });

  const first = await run();
  const before = await dump(world);
  const second = await run();

  expect(Object.fromEntries(first.sections.map(({ name, taken }) => [name, taken]))).toEqual({
    ...{
      genres: 30,
      games: 50,
      tags: 300,
      "genres of games": 137,
      "tags of games": 342,
      mods: 200,
      "games of mods": 200,
    },
    ...{ "tags of mods": 595, dependencies: 80, resources: 709, archives: 12, unfinished: 0 },
    ...{ hours: 2081, days: 637, durations: 484 },
  });
  expect(second.sections.map(({ taken, updated }) => taken + updated)).toEqual(second.sections.map(() => 0));
  expect(await dump(world)).toEqual(before);
});

test("importPytorrent() keeps microseconds, empty fields, the first binding and the order of bindings", async () => {
  await using world = await importWorld({
    sql: `${GAME} ${mod(9, { size: "NULL" })} ${mod(5)} INSERT INTO unity_games_mods VALUES (4000, 9), (77, 5), (4000, 5);`,
  });

  await world.run();

  expect(
    await world.read("SELECT id, app, shelf_order, condition, nulls, created_at, created_micros FROM mods"),
  ).toEqual([
    {
      id: 5,
      app: 77,
      shelf_order: 2,
      condition: 0,
      nulls: null,
      created_at: Date.UTC(2020, 0, 2, 3, 4, 5),
      created_micros: 6,
    },
    expect.objectContaining({ id: 9, app: 4000, shelf_order: 1, nulls: '["size"]' }),
  ]);
  expect(await world.read("SELECT id, listed, nulls FROM games ORDER BY id")).toEqual([
    { id: 77, listed: 0, nulls: null },
    { id: 4000, listed: 1, nulls: '["logo"]' },
  ]);
});

test("importPytorrent() asks once for what was being fetched", async () => {
  await using world = await importWorld({
    sql: `${GAME} ${mod(5, { condition: "2" })} ${mod(6, { condition: "2", source: "'local'" })}
          INSERT INTO unity_games_mods VALUES (4000, 5), (4000, 6);`,
  });

  await world.run();
  const again = await world.run();

  expect(await world.read("SELECT mod_id, version, requester FROM jobs")).toEqual([
    { mod_id: 5, version: "1577934245", requester: "import" },
  ]);
  expect(await world.read("SELECT id, condition, kept_condition FROM mods")).toEqual([
    { id: 5, condition: 2, kept_condition: null },
    { id: 6, condition: 1, kept_condition: 1 },
  ]);
  expect(section(again, "unfinished")).toMatchObject({ taken: 0, here: 1 });
});

test("importPytorrent() takes nothing back from a library that lived on", async () => {
  await using world = await importWorld({
    sql: `${GAME} ${mod(5)} INSERT INTO tags VALUES (1, 'a'); INSERT INTO unity_games_mods VALUES (4000, 5);
          INSERT INTO unity_mods_tags VALUES (5, 1); INSERT INTO unity_mods_dependencies VALUES (5, 8);`,
  });
  await world.run();
  const texts = [
    "UPDATE mods SET name = 'newer', version_key = 'k', downloads = 50, updated_at = 1",
    "UPDATE games SET name = 'newer', mods_downloads = 60",
    "INSERT INTO tags (id, name, name_key) VALUES (2, 'b', 'b')",
    "UPDATE mod_dependencies SET dependency_id = 9",
  ];
  for (const sql of texts) await world.library.write({ sql });
  world.change(
    "UPDATE mods SET downloads = 40; INSERT INTO tags VALUES (3, 'b'); INSERT INTO unity_mods_tags VALUES (5, 3);",
  );

  await world.run();

  expect(await world.read("SELECT name, downloads FROM mods UNION ALL SELECT name, mods_downloads FROM games")).toEqual(
    [
      { name: "newer", downloads: 50 },
      { name: "newer", downloads: 60 },
    ],
  );
  expect(await world.read("SELECT id, name, listed FROM tags")).toEqual([
    { id: 1, name: "a", listed: 1 },
    { id: 2, name: "b", listed: 1 },
  ]);
  expect(await world.read("SELECT tag_id FROM mod_tags")).toEqual([{ tag_id: 1 }]);
  expect(await world.read("SELECT dependency_id FROM mod_dependencies")).toEqual([{ dependency_id: 9 }]);
});

test("importPytorrent() keeps every record, less the cells that cannot be read, and says what is missing", async () => {
  const long = "x".repeat(70_000);
  await using world = await importWorld({
    sql: `${mod(1, { size: "-1" })} ${mod(2, { size: "'big'" })} ${mod(3, { update: "'0000-00-00'" })} ${mod(4, { source: "'ftp'" })}
          ${mod(-5)} ${mod(6, { name: "'<b>'';DROP TABLE mods;--😀' || char(0) || 'z'" })} ${mod(7, { name: `'${long}'` })}
          ${mod(8, { name: "CAST(x'ff41' AS TEXT)" })} ${mod("9223372036854775807")}
          INSERT INTO unity_mods_dependencies VALUES (6, 7), (7, 6), (6, 7), (6, 0), (99, 6);
          INSERT INTO tags VALUES (1, 'a'), (2, 'a'), (3, NULL);
          INSERT INTO unity_mods_tags VALUES (6, 2), (6, 2), (6, 50), (1, 1);
          INSERT INTO resources_mods VALUES (1, 'logo', 'u', ${T}, 98), (2, 'logo', NULL, ${T}, 6);`,
    statisticsSql: `INSERT INTO statistics_hour VALUES (1, '2026-01-01 00:30:00.000000', 'a', 1), (2, '2026-01-01 01:00:00.000000', 'a', 'x'),
          (3, '2026-01-01 01:00:00.000000', 'a', 2), (4, '2026-01-01 01:00:00.000000', 'a', 3);`,
  });

  const report = await world.run();

  expect(section(report, "mods").skipped.map(({ why, examples }) => [examples[0], why])).toEqual([
    ["-5", "id is not above 0"],
  ]);
  expect(section(report, "mods").noted.map(({ why, examples }) => [examples[0], why])).toEqual([
    ["1", "size is negative: taken without it"],
    ["2", "size is no whole number: taken without it"],
    ["3", "date_update is no date of a library: taken without it"],
    ["4", "an unknown source became local"],
  ]);
  expect(await world.read("SELECT origin, size_bytes, nulls FROM mods WHERE id IN (1, 4) ORDER BY id")).toEqual([
    { origin: "steam", size_bytes: null, nulls: '["size"]' },
    { origin: "local", size_bytes: 7, nulls: null },
  ]);
  const mods = await world.read("SELECT CAST(id AS TEXT) AS id, name FROM mods WHERE id > 4");
  expect(mods.map(({ id, name }) => [id, name])).toEqual([
    ["6", "<b>';DROP TABLE mods;--😀z"],
    ["7", long],
    ["8", "\ufffdA"],
    ["9223372036854775807", "Mod 9223372036854775807"],
  ]);
  expect(section(report, "dependencies")).toMatchObject({
    taken: 4,
    skipped: [{ why: "needs is not above 0", count: 1 }],
  });
  expect(section(report, "tags")).toMatchObject({
    taken: 1,
    noted: [{ count: 1 }],
    skipped: [{ why: "name is missing" }],
  });
  expect(section(report, "tags of mods")).toMatchObject({
    taken: 2,
    skipped: [{ count: 1 }, { count: 1 }],
  });
  expect(await world.read("SELECT id, mod_id FROM media")).toEqual([{ id: 1, mod_id: 98 }]);
  expect(await world.read("SELECT count FROM counters_hour")).toEqual([{ count: 5 }]);
});

test("importPytorrent() after a stop puts mods where one run would have put them", async () => {
  const bindings = "INSERT INTO unity_games_mods VALUES (4000, 1502), (4000, 2), (4000, 1501), (4000, 1);";
  const mods = Array.from({ length: 1_502 }, (_, i) => mod(i + 1)).join(" ");
  const sql = `BEGIN; ${GAME} ${mods} ${bindings} COMMIT;`;
  await using world = await importWorld({ sql });
  const stop = new AbortController();
  const untilMods = (what: string, done: number) => what === "mods" && done > 500 && stop.abort(new Error("Stopped"));

  await expect(world.run({ signal: stop.signal, onProgress: untilMods })).rejects.toThrow("Stopped");
  const [halfway] = await world.read("SELECT count(*) AS n FROM mods");
  await world.run();

  expect([0, 1_502]).not.toContain(halfway?.["n"]);
  expect(await world.read("SELECT id FROM mods WHERE shelf_order IS NOT NULL ORDER BY shelf_order")).toEqual(
    [1502, 2, 1501, 1].map((id) => ({ id })),
  );
  expect(await world.read("SELECT name FROM settings")).toEqual([]);
});

test("importPytorrent() stops between batches and can be repeated", async () => {
  await using world = await importWorld({ sql: `${GAME} ${mod(5)}` });
  const stopped = AbortSignal.abort(new Error("Stopped"));

  await expect(world.run({ signal: stopped })).rejects.toThrow("Stopped");
  await world.run();

  expect(await world.read("SELECT id FROM mods")).toEqual([{ id: 5 }]);
});
