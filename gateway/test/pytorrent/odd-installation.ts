import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Libsql from "libsql";
import { seeded } from "../../bench/seeded.ts";
import type { InstallationFiles } from "./installation.ts";
import { DATABASE_SCHEMA, STATISTICS_SCHEMA } from "./schema.ts";

export type OddInstallation = InstallationFiles & {
  modIds: readonly number[];
  gameIds: readonly number[];
} & AsyncDisposable;

const NAMES = [
  ...["Better Roads", "better roads", "BETTER", "Ёлочный щит", "ёлочный", "100% Vanilla", "under_score", "back\\slash"],
  ...[
    "  blanks  ",
    '"quoted" <b>',
    "O'Neil; DROP TABLE mods",
    "🚀 Rocket",
    "汉化补丁",
    "",
    "İstanbul",
    "ΟΔΟΣ",
    "a\u0301b",
  ],
];
const MODS = 70;
const GAMES = 12;
const TAGS = 20;
const GENRES = 8;

type Random = ReturnType<typeof seeded>;
type Value = string | number | null;

/**
 * An installation with everything that a real one may hold and the recording does not: nothing in fields, pairs that come
 * twice, links that point nowhere, mods of several games, counts that are out of date.
 */
export async function oddInstallation(seed: number): Promise<OddInstallation> {
  const folder = await mkdtemp(join(tmpdir(), "modfleet-odd-"));
  const random = seeded(seed);
  const database = join(folder, "database.db");
  const statistics = join(folder, "statistics.db");
  const modIds = distinct(MODS, () => 1 + random.below(random.below(2) === 0 ? 500 : 4_000_000_000));
  const gameIds = distinct(GAMES, () => 10 * (1 + random.below(50)));
  write(database, DATABASE_SCHEMA, (insert) => library(insert, { random, modIds, gameIds }));
  write(statistics, STATISTICS_SCHEMA, (insert) => counters(insert, random));
  const files = { database, statistics, archives: null, modIds, gameIds };
  return { ...files, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

function distinct(count: number, make: () => number): number[] {
  const values = new Set<number>();
  while (values.size < count) values.add(make());
  return [...values];
}

type Insert = (table: string, ...values: readonly Value[]) => void;

function write(path: string, schema: string, fill: (insert: Insert) => void): void {
  const database = new Libsql(path);
  database.exec(`PRAGMA foreign_keys = OFF; ${schema}; BEGIN`);
  fill((table, ...values) => {
    database.prepare(`INSERT INTO ${table} VALUES (${values.map(() => "?").join(", ")})`).run(...values);
  });
  database.exec("COMMIT");
  database.close();
}

type Ids = { random: Random; modIds: readonly number[]; gameIds: readonly number[] };

function library(insert: Insert, { random, modIds, gameIds }: Ids): void {
  for (let id = 1; id <= GENRES; id += 1) insert("genres", id * 3, `Genre ${id}`);
  for (let id = 1; id <= TAGS; id += 1) insert("tags", id * 2, `Tag ${id} ${random.of(NAMES)}`);
  for (const id of gameIds) game(insert, id, random);
  for (const id of modIds) mod(insert, id, random);
  for (let n = 0; n < MODS * 2; n += 1) links(insert, { random, modIds, gameIds });
  for (let n = 0; n < MODS; n += 1) {
    const kind = random.of(["logo", "screenshot", "screenshot"]);
    const owner = random.below(12) === 0 ? 9_999 : random.of(modIds);
    insert("resources_mods", n * 2 + 1, kind, `https://images.example.org/${n}`, aTime(random), owner);
  }
}

function game(insert: Insert, id: number, random: Random): void {
  const texts = [orNothing(random, "short"), orNothing(random, "<b>long</b>")];
  const counts = [random.below(40), random.below(9)];
  const kind = random.of(["game", "game", "app"]);
  const source = random.of(["steam", "steam", "local"]);
  insert(
    "games",
    id,
    random.of(NAMES),
    kind,
    orNothing(random, "https://x/l.jpg"),
    ...texts,
    ...counts,
    aTime(random),
    source,
  );
  for (let n = 0; n < 3; n += 1) insert("unity_games_genres", id, 3 * (1 + random.below(GENRES + 1)));
  for (let n = 0; n < 6; n += 1) insert("unity_allowed_mods_tags", id, 2 * (1 + random.below(TAGS + 1)));
}

function mod(insert: Insert, id: number, random: Random): void {
  const times = [aSecond(random), aSecond(random), aTime(random)];
  const source = random.of(["steam", "steam", "steam", "local", "moddb"]);
  const condition = random.of([0, 0, 0, 1]);
  const size = random.below(15) === 0 ? null : random.below(6) * 1_000;
  insert("mods", id, random.of(NAMES), orNothing(random, "text"), size, condition, ...times, source, random.below(5));
}

function links(insert: Insert, { random, modIds, gameIds }: Ids): void {
  const id = random.of(modIds);
  const twice = 1 + (random.below(6) === 0 ? 1 : 0);
  const gameId = random.below(15) === 0 ? 7 : random.of(gameIds);
  for (let n = 0; n < twice; n += 1) {
    insert("unity_games_mods", gameId, id);
    insert("unity_mods_tags", id, 2 * (1 + random.below(TAGS + 1)));
    if (random.below(3) === 0) insert("unity_mods_dependencies", id, random.below(2) === 0 ? random.of(modIds) : 31);
  }
}

function counters(insert: Insert, random: Random): void {
  const kinds = ["/list/mods/", "/download/", "start", "files_sent"];
  let id = 0;
  for (const day of ["2026-11-18", "2026-11-20"]) {
    for (const kind of kinds) {
      id += 1;
      insert("statistics_day", id, day, kind, random.below(100));
      insert(
        "statistics_hour",
        id,
        `${day} ${String(random.below(24)).padStart(2, "0")}:00:00.000000`,
        kind,
        random.below(9),
      );
    }
  }
  for (let n = 0; n < 30; n += 1) {
    const kind = random.of(["download_local_ok", "download_steam_ok", "steam_ok", "steam_error"]);
    insert("processing_time", aTime(random), kind, random.below(5_000));
  }
}

const orNothing = (random: Random, text: string): string | null => (random.below(8) === 0 ? null : text);

/** Few different ones, so that there are ties. */
const aSecond = (random: Random): string => `2024-0${1 + random.below(9)}-11 10:00:0${random.below(3)}.000000`;

const aTime = (random: Random): string => {
  const micros = random.below(5) === 0 ? 0 : random.below(1_000_000);
  const minute = String(random.below(60)).padStart(2, "0");
  return `2026-0${1 + random.below(9)}-1${random.below(9)} 10:${minute}:07.${String(micros).padStart(6, "0")}`;
};
