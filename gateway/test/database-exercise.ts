import { SourceKind } from "@modfleet/protocol";
import { createAgentStore } from "../src/store/agents.ts";
import { createCatalogueStore } from "../src/store/catalogue.ts";
import { createShelfStore } from "../src/store/create-shelf.ts";
import type { Database } from "../src/store/database.ts";
import { createJobStore } from "../src/store/jobs.ts";
import { migrate, readMigrations } from "../src/store/migrate.ts";
import { MOD_SORT_KEYS } from "../src/store/mods-list.ts";
import type { ShelfQuery } from "../src/store/shelf.ts";
import { SHELF_GAME_SORTS, SHELF_SORTS } from "../src/store/shelf.ts";
import { countSent } from "./count-sent.ts";
import { anApp, anArchive, anEntry, anItem, aPublication } from "./database-facts.ts";
import { AGENT_A, aNewJob, aQueuedJob, aResult, jobId } from "./jobs.ts";

const HUGE = "9223372036854775807";
const SHA = "a".repeat(64);

/** Every method of the catalogue once or more, and what it answered: equal on every database. */
export async function exerciseCatalogue(database: Database): Promise<unknown[]> {
  const migrations = await readMigrations();
  const migrated = (await Promise.all([migrate(database, migrations), migrate(database, migrations)])).flat().sort();
  await writeCatalogue(database);
  return [migrated, ...(await readCatalogue(database)), ...(await readShelf(database)), ...(await useFleet(database))];
}

async function writeCatalogue(database: Database): Promise<void> {
  const catalogue = createCatalogueStore(database);
  await catalogue.saveItem(anItem(HUGE, { title: "Привет, мир 100%", tags: ["Map", "Ёлка"] }), 1);
  await catalogue.saveItem(anItem("5", { title: 'a "quoted" one', tags: ["Map"], app: 20 }), 2);
  await catalogue.saveItem(anItem("6", { sizeBytes: null }), 3);
  await catalogue.saveItem(anItem("6", { app: 20, tags: ["Map"] }), 4);
  await catalogue.saveApp(anApp(20, { name: "Игра", genres: [{ id: 1, name: "Action" }] }), 5);
  await catalogue.saveEntries(SHA, [anEntry("b"), anEntry("a/Файл"), anEntry("a", { size: 2 ** 40 })]);
  await database.batch(catalogue.publishStatements(aPublication(HUGE)));
  await database.batch(catalogue.publishStatements(aPublication(HUGE)));
  await database.batch(
    catalogue.publishStatements(aPublication(HUGE, { key: "2", archive: anArchive("b"), at: 6_000 })),
  );
  await writeSources(database);
  await catalogue.markRemoved("5", 6);
  await catalogue.touchRequested("5", 7);
  await countSent(
    database,
    new Map([
      [HUGE, 2],
      ["5", 1],
    ]),
  );
}

const FILE = { kind: "http", url: "https://host.example/%D0%9A%D0%B0%D1%80%D1%82%D0%B0.zip" } as const;

async function writeSources(database: Database): Promise<void> {
  const catalogue = createCatalogueStore(database);
  const mod = await catalogue.saveSource(FILE, 8);
  await catalogue.saveSource({ kind: "torrent", torrentUrl: "https://host.example/a.torrent" }, 9);
  await catalogue.saveSource({ kind: "torrent", torrentUrl: "https://host.example/b.torrent" }, 9);
  const archive = anArchive("c");
  await database.batch([
    ...catalogue.arrivalStatements(mod, 10),
    ...catalogue.publishStatements(aPublication(mod, { key: "one", archive })),
    ...catalogue.deliveredStatements({ mod, key: "one", name: "Карта\n2", archive, at: 10 }),
  ]);
  await catalogue.forgetSources(10, 5);
}

async function readCatalogue(database: Database): Promise<unknown[]> {
  const catalogue = createCatalogueStore(database);
  const filters = [{ q: "ПРИ" }, { q: '"q' }, { game: 20, tags: ["map"] }, { excludeTags: ["ёлка"], updatedSince: 1 }];
  const answers: Promise<unknown>[] = [
    catalogue.findMods([HUGE, "5", "6"]),
    catalogue.versions(HUGE, { limit: 1 }),
    catalogue.findVersion(HUGE, "1"),
    catalogue.findBySource(FILE),
    catalogue.archive(SHA),
    catalogue.archiveInUse(SHA),
    catalogue.entries(SHA, { limit: 2, after: "a" }),
    catalogue.entry(SHA, "a"),
    catalogue.findGame(20),
    catalogue.listGames({ sort: "-mods", limit: 10, genres: [1], q: "игр" }),
    catalogue.listGenres(),
    catalogue.listTags({ sort: "-mods", limit: 10 }),
    catalogue.listTags({ sort: "name", limit: 10, game: 20, q: "MA" }),
    catalogue.events(0, 100),
    catalogue.modFacets({}),
    ...filters.flatMap((filter) => [
      catalogue.modFacets(filter),
      catalogue.listMods({ ...filter, sort: "name", limit: 10 }),
    ]),
    ...MOD_SORT_KEYS.map(async (key) => {
      const first = await catalogue.listMods({ sort: `-${key}`, limit: 1 });
      return [first, await catalogue.listMods({ sort: `-${key}`, limit: 5, after: first.next })];
    }),
  ];
  return Promise.all(answers);
}

/** Who can fetch what, and jobs for a file: the running one is joined, and whatever was done a moment ago is given back. */
async function useFleet(database: Database): Promise<unknown[]> {
  const agents = createAgentStore(database);
  const jobs = createJobStore(database);
  await agents.insert({ id: AGENT_A, name: "a", publicKey: "k", status: "trusted", enrolledAt: 1, lastSeenAt: null });
  await agents.touch([{ agent: AGENT_A, engines: ["http", "torrent"] }], 5);
  const fresh = aNewJob({ mod: "7", source: FILE, version: "latest", unlessDoneSince: 0 });
  const joined = [await jobs.insertOrJoin(fresh), await jobs.insertOrJoin({ ...fresh, id: jobId(2), requester: "b" })];
  const done = {
    ...aQueuedJob({ ...fresh, version: "one" }),
    state: "done",
    result: aResult(),
    finishedAt: 3_000,
  } as const;
  const first = joined[0]?.job;
  return [
    await Promise.all(SourceKind.options.map((kind) => agents.anySeenSince(5, kind))),
    joined,
    first !== undefined && (await jobs.replace(first, done)),
    await jobs.insertOrJoin({ ...fresh, id: jobId(3) }),
    await jobs.insertOrJoin({ ...fresh, id: jobId(4), unlessDoneSince: 3_001 }),
  ];
}

const WHOLE_SHELF: ShelfQuery = {
  sort: { by: "name", descending: true },
  limit: 5,
  offset: 0,
  tags: [],
  games: [],
  origins: [],
  independent: false,
  name: "",
};

async function readShelf(database: Database): Promise<unknown[]> {
  await database.batch([
    { sql: "UPDATE mods SET kept_condition = 1, condition = 1 WHERE id = 6" },
    {
      sql: "INSERT INTO mod_dependencies (mod_id, dependency_id) VALUES (6, 5), (6, :huge)",
      args: { huge: BigInt(HUGE) },
    },
    { sql: "INSERT INTO media (mod_id, kind, url, at, at_micros) VALUES (6, 'logo', 'https://x/Ёж', 1, 2)" },
  ]);
  const shelf = createShelfStore(database);
  const filters: Partial<ShelfQuery>[] = [
    { tags: ["1"], games: [20, 20n] },
    { name: "вет, м_р 1" },
    { name: "o", origins: ["steam", null, 5, 2n ** 70n] },
    { name: "\0" },
    { tags: [Number.NaN] },
    { independent: true, offset: 2n ** 63n - 1n },
  ];
  const games = { ...WHOLE_SHELF, kinds: ["game"], genres: ["1", 1], origins: [], name: "г" };
  return Promise.all([
    shelf.revision(),
    shelf.summary(),
    shelf.findShelfMod(HUGE),
    shelf.conditions([HUGE, 6, "5", 2n ** 63n, null]),
    shelf.dependencies("6", 1),
    shelf.resources("6", { limit: 5, offset: -1, kinds: ["logo"] }),
    shelf.findShelfGame(20),
    shelf.tagsOfGame(20, { limit: 5, offset: 0 }),
    shelf.genres({ limit: 5, offset: 0n }),
    shelf.shelfOf(294_100, { limit: -1, offset: 0, origin: "steam" }),
    shelf.shelfGamesByAge({ limit: 5, offset: 0, origin: null }),
    ...filters.map((filter) => shelf.shelfMods({ ...WHOLE_SHELF, ...filter })),
    ...SHELF_SORTS.map((by) => shelf.shelfMods({ ...WHOLE_SHELF, sort: { by, descending: true }, offset: 1 })),
    ...SHELF_GAME_SORTS.map((by) => shelf.shelfGames({ ...games, sort: { by, descending: true } })),
  ]);
}
