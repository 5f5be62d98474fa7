import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import Libsql from "libsql";
import { honestZip } from "../test/archives.ts";
import { DATABASE_SCHEMA, STATISTICS_SCHEMA } from "../test/pytorrent/schema.ts";
import { seeded } from "./seeded.ts";

export type InstallationOptions = { folder: string; mods: number; seed?: number; archives?: number };

/** Where everything of a made-up installation lies. */
export type Installation = {
  database: string;
  statistics: string;
  archives: string;
  modIds: readonly number[];
  /** The path of the first mod's archive, about 1 MB, below `archives`. */
  firstArchive: string;
};

const GAMES = 50;
const TAGS = 300;
const GENRES = 30;
const DAYS = 30;
const LAST_DAY = Date.UTC(2026, 10, 20);
const DAY_MS = 86_400_000;
const MIB = 1024 * 1024;

const WORDS = [
  ...[
    "Better",
    "Epic",
    "Rusty",
    "Golden",
    "Quick",
    "Dark",
    "Tiny",
    "Lucky",
    "Modern",
    "Advanced",
    "Crimson",
    "Ancient",
  ],
  ...["Roads", "Castles", "Forests", "Weather", "Trains", "Potions", "Drones", "Farming", "Textures", "Planets"],
  ...[
    "Улучшенный",
    "склад",
    "Ёлочный",
    "щит",
    "汉化补丁",
    "贸易商队",
    "機械",
    "ファンタジー",
    "שלום",
    "🚀",
    "100%",
    "[1.4]",
  ],
];

const SENTENCES = [
  "Safe to add to an existing save, but do not remove it afterwards.",
  "Requires the core library; load it first.",
  "All textures are redrawn in high resolution.",
  "Settings can be changed in the options menu.",
  "[b]Important:[/b] read the FAQ first.",
  "Мод добавляет новые предметы и задания.",
  "本模组增加了新的武器。",
];

/** Writes a PyTorrent installation of `mods` mods in the shape of a real one; equal seeds make equal installations. */
export async function makeInstallation(options: InstallationOptions): Promise<Installation> {
  const { folder, mods, seed = 1, archives = 0 } = options;
  await mkdir(folder, { recursive: true });
  const database = join(folder, "database.db");
  const statistics = join(folder, "statistics.db");
  const random = seeded(seed);
  const ids = [...new Set(Array.from({ length: mods * 2 }, () => 30_000_000 + random.below(3_600_000_000)))].slice(
    0,
    mods,
  );
  fill(database, DATABASE_SCHEMA, (insert) => writeLibrary(insert, ids, random));
  fill(statistics, STATISTICS_SCHEMA, (insert) => writeStatistics(insert, random));
  const content = join(folder, "content");
  await writeArchives(content, ids.slice(0, archives));
  return { database, statistics, archives: content, modIds: ids, firstArchive: `${gameOf(0)}/${ids[0]}.zip` };
}

type Insert = (table: string, values: readonly (string | number)[]) => void;
type Random = ReturnType<typeof seeded>;

function fill(path: string, schema: string, write: (insert: Insert) => void): void {
  const database = new Libsql(path);
  const prepared = new Map<string, Libsql.Statement>();
  database.exec(`PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; ${schema}; BEGIN`);
  write((table, values) => {
    const sql = `INSERT INTO ${table} VALUES (${values.map(() => "?").join(", ")})`;
    const statement = prepared.get(sql) ?? database.prepare(sql);
    prepared.set(sql, statement);
    statement.run(...values);
  });
  database.exec("COMMIT");
  database.close();
}

const gameOf = (i: number): number => 1_000 + (Math.floor(Math.sqrt(i * 7_919)) % GAMES) * 10;

function writeLibrary(insert: Insert, ids: readonly number[], random: Random): void {
  for (let genre = 1; genre <= GENRES; genre += 1) insert("genres", [genre, `Genre ${genre}`]);
  for (let tag = 1; tag <= TAGS; tag += 1) insert("tags", [tag, `${random.of(WORDS)} ${tag}`]);
  const downloads = new Map<number, { downloads: number; mods: number }>();
  let resource = 0;
  ids.forEach((id, i) => {
    const game = gameOf(i);
    const count = Math.floor(random.below(1_000) ** 2 / 1_000);
    writeMod(insert, { id, game, downloads: count }, random);
    const sum = downloads.get(game) ?? { downloads: 0, mods: 0 };
    downloads.set(game, { downloads: sum.downloads + count, mods: sum.mods + 1 });
    for (let n = 0; n < 3; n += 1) {
      resource += 1;
      const kind = n === 2 ? "logo" : "screenshot";
      insert("resources_mods", [
        resource,
        kind,
        `https://images.example.org/ugc/${resource}/${id}/`,
        aTime(random),
        id,
      ]);
    }
    if (i % 11 === 0) insert("unity_mods_dependencies", [id, random.of(ids)]);
  });
  for (let n = 0; n < GAMES; n += 1) writeGame(insert, 1_000 + n * 10, downloads, random);
}

function writeMod(
  insert: Insert,
  { id, game, downloads }: { id: number; game: number; downloads: number },
  random: Random,
): void {
  const name = `${random.of(WORDS)} ${random.of(WORDS)} ${random.below(10_000)}`;
  const description = Array.from({ length: 3 + random.below(25) }, () => random.of(SENTENCES)).join(" ");
  const source = random.below(30) === 0 ? "local" : "steam";
  const [created, updated] = [aDay(random), aDay(random)].sort();
  const times = [`${created}.000000`, `${updated}.000000`, aTime(random)];
  insert("mods", [id, name, description, 1_000 + random.below(200_000_000), 0, ...times, source, downloads]);
  insert("unity_games_mods", [game, id]);
  const tags = new Set([1 + random.below(TAGS), 1 + random.below(TAGS), 1 + random.below(20)]);
  for (const tag of tags) insert("unity_mods_tags", [id, tag]);
}

function writeGame(
  insert: Insert,
  id: number,
  sums: ReadonlyMap<number, { downloads: number; mods: number }>,
  random: Random,
): void {
  const { downloads, mods } = sums.get(id) ?? { downloads: 0, mods: 0 };
  const about = Array.from({ length: 20 }, () => random.of(SENTENCES)).join(" ");
  const logo = `https://images.example.org/apps/${id}/header.jpg`;
  insert("games", [id, `Game ${id}`, "game", logo, "A short text.", about, downloads, mods, aTime(random), "steam"]);
  for (let n = 0; n < 3; n += 1) insert("unity_games_genres", [id, 1 + ((id / 10 + n * 7) % GENRES)]);
  for (let tag = 1; tag <= 28; tag += 1) insert("unity_allowed_mods_tags", [id, tag]);
}

function writeStatistics(insert: Insert, random: Random): void {
  const kinds = ["/download/", "/download/steam/", "/info/mod/", "/list/mods/", "files_sent"];
  let [hour, day] = [0, 0];
  for (let n = DAYS - 1; n >= 0; n -= 1) {
    const date = new Date(LAST_DAY - n * DAY_MS).toISOString().slice(0, 10);
    for (const kind of kinds) {
      day += 1;
      insert("statistics_day", [day, date, kind, random.below(5_000)]);
      for (let h = 0; h < 24; h += 1) {
        hour += 1;
        const at = `${date} ${String(h).padStart(2, "0")}:00:00.000000`;
        insert("statistics_hour", [hour, at, kind, random.below(200)]);
      }
    }
  }
}

const aDay = (random: Random): string =>
  new Date(LAST_DAY - random.below(3_000 * 86_400) * 1_000).toISOString().slice(0, 19).replace("T", " ");

const aTime = (random: Random): string => `${aDay(random)}.${String(random.below(1_000_000)).padStart(6, "0")}`;

/** The first has about 1 MB. Deflate instead of bzip2: the bytes are only sent. */
async function writeArchives(content: string, ids: readonly number[]): Promise<void> {
  for (const [i, id] of ids.entries()) {
    const folder = join(content, String(gameOf(i)));
    await mkdir(folder, { recursive: true });
    const text = i === 0 ? noise(MIB) : `Mod ${id}`;
    await writeFile(join(folder, `${id}.zip`), await honestZip({ "About/About.xml": text }));
  }
}

/** Text that hardly shrinks. */
function noise(bytes: number): string {
  const random = seeded(7);
  return Array.from({ length: bytes }, () => String.fromCharCode(33 + random.below(90))).join("");
}
