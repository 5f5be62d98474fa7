import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { anItem } from "../../test/database-facts.ts";
import { hasSqld, type Sqld, startSqld } from "../../test/sqld.ts";
import { DAY_MS, HOUR_MS } from "../domain/statistics.ts";
import type { Database } from "./database.ts";
import { createEmbedded } from "./embedded.ts";
import { migrate, readMigrations } from "./migrate.ts";
import { createModStore } from "./mods.ts";
import { createRemote } from "./remote.ts";
import { type CountBatch, createStatisticsStore, type StatisticsStore } from "./statistics.ts";

let serial = 0;
function aBatch(changes: Partial<CountBatch> = {}): CountBatch {
  serial += 1;
  return { writer: "w", batch: serial, at: 0, hours: [], sent: new Map(), durations: [], ...changes };
}

const hour = (kind: string, startsAt: number, count = 1) => ({ kind, startsAt, count });

function statisticsContract(name: string, open: () => Promise<Database>): void {
  let database: Database;
  let store: StatisticsStore;
  beforeEach(async () => {
    database = await open();
    await migrate(database, await readMigrations());
    for (const table of ["mods", "games", "counters_hour", "counters_day", "durations", "counted"]) {
      await database.write({ sql: `DELETE FROM ${table}` });
    }
    store = createStatisticsStore(database);
  });
  afterEach(() => database.close());

  describe(name, () => {
    test("add() counts a batch once however often it comes, also after later ones of others", async () => {
      const batch = aBatch({ hours: [hour("start", HOUR_MS, 3)], durations: [{ kind: "steam_ok", at: 1, ms: 5 }] });

      await Promise.all([store.add(batch), store.add(batch)]);
      await store.add({ ...aBatch({ hours: [hour("start", HOUR_MS)] }), writer: "other" });
      await store.add(batch);
      await store.add(aBatch({ hours: [hour("start", HOUR_MS)] }));

      expect(await store.hours(0, DAY_MS)).toEqual([hour("start", HOUR_MS, 5)]);
      expect(await database.read({ sql: "SELECT count(*) AS n FROM durations" })).toEqual([{ n: 1 }]);
    });

    test("add() is all or nothing", async () => {
      const broken = aBatch({ hours: [hour("start", 0), hour("start", 5)] });

      await expect(store.add(broken)).rejects.toThrow();

      expect(await store.hours(0, DAY_MS)).toEqual([]);
      await store.add({ ...broken, hours: [hour("start", 0)] });
      expect(await store.hours(0, DAY_MS)).toEqual([hour("start", 0)]);
    });

    test("hours() and days() keep the order of the first counts, and make days of the hours over midnight", async () => {
      const late = 23 * HOUR_MS;
      await store.add(aBatch({ hours: [hour("/list/mods/", late), hour("start", late)] }));
      await store.add(aBatch({ hours: [hour("a", late), hour("start", late, 2), hour("/list/mods/", DAY_MS, 4)] }));

      expect(await store.hours(late, DAY_MS)).toEqual([
        hour("/list/mods/", late),
        hour("start", late, 3),
        hour("a", late),
        hour("/list/mods/", DAY_MS, 4),
      ]);
      expect(await store.days(0, DAY_MS)).toEqual([
        hour("/list/mods/", 0),
        hour("start", 0, 3),
        hour("a", 0),
        hour("/list/mods/", DAY_MS, 4),
      ]);
      expect(await store.days(DAY_MS, DAY_MS)).toHaveLength(1);
    });

    test("add() keeps counts beyond 32 bits", async () => {
      const much = 2 ** 40;
      await store.add(aBatch({ hours: [hour("start", 0, much)] }));
      await store.add(aBatch({ hours: [hour("start", 0, much)] }));

      expect(await store.days(0, 0)).toEqual([hour("start", 0, 2 * much)]);
    });

    test("add() counts files sent at the mod and at each of its games, whatever its id, and passes unknown mods over", async () => {
      const mods = createModStore(database);
      const big = "9223372036854775807";
      await mods.saveItem(anItem(big, { app: 7 }), 50);
      await mods.saveItem(anItem("2", { app: 7 }), 50);
      await database.batch([
        {
          sql: "INSERT INTO games (id, name, name_key, kind, origin, created_at) VALUES (8, 'g', 'g', 'game', 'steam', 0)",
        },
        { sql: "INSERT INTO mod_games (mod_id, game_id) VALUES (2, 8)" },
        { sql: "UPDATE mods SET requested_micros = 7" },
      ]);

      const sent = new Map([
        [big, { count: 3, at: 90 }],
        ["2", { count: 1, at: 40 }],
        ["404", { count: 1, at: 90 }],
      ]);
      await store.add(aBatch({ sent }));

      const columns = "CAST(id AS TEXT) AS id, downloads, requested_at, requested_micros";
      expect(await database.read({ sql: `SELECT ${columns} FROM mods ORDER BY mods.id` })).toEqual([
        { id: "2", downloads: 1, requested_at: 50, requested_micros: 7 },
        { id: big, downloads: 3, requested_at: 90, requested_micros: 0 },
      ]);
      expect(await database.read({ sql: "SELECT id, mods_downloads AS n FROM games ORDER BY id" })).toEqual([
        { id: 7, n: 4 },
        { id: 8, n: 1 },
      ]);
    });

    test("meanDuration() averages the newest of all its kinds and cuts", async () => {
      expect(await store.meanDuration(["steam_ok"], 2)).toBe(0);
      const durations = [
        { kind: "download_local_ok", at: 1, ms: 1_000 },
        { kind: "download_local_ok", at: 30, ms: 10 },
        { kind: "download_steam_ok", at: 20, ms: 11 },
        { kind: "steam_ok", at: 40, ms: 99 },
      ] as const;
      await store.add(aBatch({ durations }));

      expect(await store.meanDuration(["download_local_ok", "download_steam_ok"], 2)).toBe(10);
      expect(await store.meanDuration(["download_local_ok", "download_steam_ok"], 3)).toBe(340);
    });

    test("daysCounted() has today before it is stored, and changes only with daysMark() or today", async () => {
      const before = await store.daysMark();
      expect(await store.daysCounted(0)).toBe(1);
      await store.add(aBatch({ hours: [hour("start", 0), hour("start", 3 * DAY_MS)] }));
      const after = await store.daysMark();
      await store.add(aBatch({ hours: [hour("start", 3 * DAY_MS + HOUR_MS)] }));

      expect(after).not.toBe(before);
      expect(await store.daysMark()).toBe(after);
      expect(await store.daysCounted(3 * DAY_MS)).toBe(2);
      expect(await store.daysCounted(4 * DAY_MS)).toBe(3);
    });

    test("beginAnew() tells whether the mod was on the shelf", async () => {
      await createModStore(database).saveItem(anItem("1"), 50);
      expect(await store.beginAnew("1", 60)).toBe(false);
      await database.write({
        sql: `UPDATE mods SET kept_condition = 1, downloads = 4, updated_micros = 5, nulls = '["size"]'`,
      });

      expect(await store.beginAnew("1", 70)).toBe(true);
      expect(await store.beginAnew("2", 70)).toBe(false);

      const columns = "downloads, requested_at, updated_micros, nulls";
      expect(await database.read({ sql: `SELECT ${columns} FROM mods` })).toEqual([
        { downloads: 0, requested_at: 70, updated_micros: 0, nulls: null },
      ]);
    });

    test("forget() keeps the newest durations of each kind however old they are, and no more than it may", async () => {
      const at = (ms: number, count: number, kind: "steam_ok" | "steam_error") =>
        Array.from({ length: count }, (_, n) => ({ kind, at: ms + n, ms: 1 }));
      await store.add(aBatch({ durations: [...at(0, 7_000, "steam_ok"), ...at(0, 300, "steam_error")] }));
      const left = async () =>
        database.read({
          sql: "SELECT kind, count(*) AS n, min(at) AS oldest FROM durations GROUP BY kind ORDER BY kind",
        });

      await store.forget({ durations: 500, writers: 0 });
      expect(await left()).toEqual([
        { kind: "steam_error", n: 300, oldest: 0 },
        { kind: "steam_ok", n: 6_500, oldest: 500 },
      ]);
      await store.forget({ durations: 1e9, writers: 0 });
      expect((await left())[1]).toEqual({ kind: "steam_ok", n: 1_000, oldest: 6_000 });
      await store.add(aBatch({ durations: at(1e6, 100_005, "steam_ok") }));
      await store.forget({ durations: 0, writers: 0 });
      expect((await left())[1]).toEqual({ kind: "steam_ok", n: 100_000, oldest: 1e6 + 5 });
    });

    test("forget() lets a writer begin again", async () => {
      await store.add(aBatch({ at: 10, hours: [hour("start", 0)] }));
      await store.forget({ durations: 100, writers: 100 });
      await store.add(aBatch({ at: 200, hours: [hour("start", 0)] }));

      expect(await store.hours(0, 0)).toEqual([hour("start", 0, 2)]);
    });
  });
}

statisticsContract("createStatisticsStore() on a local database", async () => createEmbedded({ path: ":memory:" }));

if (await hasSqld()) {
  let server: Promise<Sqld> | null = null;
  afterAll(async () => (await server)?.stop());
  statisticsContract("createStatisticsStore() on sqld", async () => {
    server ??= startSqld();
    return createRemote({ url: (await server).http });
  });
}
