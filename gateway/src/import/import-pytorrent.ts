import type { Config } from "../config.ts";
import type { Deps } from "../deps.ts";
import type { Database } from "../store/database.ts";
import type { Source } from "./open-source.ts";
import { queueUnfinished } from "./queue-unfinished.ts";
import { createReport, type Report, sectionOf } from "./report.ts";
import { takeArchives } from "./take-archives.ts";
import { takeDependencies } from "./take-dependencies.ts";
import { takeGames } from "./take-games.ts";
import { takeGenres } from "./take-genres.ts";
import { GAME_GENRES, GAME_TAGS, MOD_GAMES, MOD_TAGS, takeLinks } from "./take-links.ts";
import { BINDINGS, takeMods } from "./take-mods.ts";
import { takeResources } from "./take-resources.ts";
import type { Taking } from "./take-rows.ts";
import { DAYS, HOURS, takeCounters, takeDurations } from "./take-statistics.ts";
import { takeTags } from "./take-tags.ts";

export type ImportDeps = Pick<Deps, "jobs" | "newId" | "now"> & {
  database: Database;
  config: Pick<Config, "blobsFolder">;
};

export type ImportOptions = {
  database: Source;
  statistics: Source | null;
  /** The folder `steamapps/workshop/content`, from `findArchives`. */
  archives: string | null;
  /** What is being taken now, and how many of how many rows are read. */
  onProgress: (what: string, done: number, total: number) => void;
  signal: AbortSignal;
};

type Step = { name: string; run: (taking: Taking) => Promise<void> };

/**
 * Takes a PyTorrent installation over, batch by batch. It can be stopped and repeated: what is here is never taken back,
 * and nothing comes twice. Throws the signal's reason when it is stopped.
 */
export async function importPytorrent(deps: ImportDeps, options: ImportOptions): Promise<Report> {
  const { database, statistics, signal, onProgress } = options;
  const report = createReport();
  const total = rowsOf(database, DATABASE_COUNT) + (statistics === null ? 0 : rowsOf(statistics, STATISTICS_COUNT));
  const now = deps.now();
  let done = 0;
  const run = async (source: Source, steps: readonly Step[]) => {
    for (const { name, run } of steps) {
      const advance = (rows: number) => {
        done += rows;
        onProgress(name, Math.min(done, total), total);
      };
      advance(0);
      const section = sectionOf(report, name);
      await run({ file: source.file, database: deps.database, section, advance, signal, now });
    }
  };

  database.file.exec(BINDINGS);
  await run(database, databaseSteps(deps, options));
  if (statistics !== null) await run(statistics, STATISTICS_STEPS);
  return report;
}

function databaseSteps(deps: ImportDeps, { archives }: ImportOptions): Step[] {
  const tags = new Map<number, number>();
  return [
    { name: "genres", run: takeGenres },
    { name: "games", run: takeGames },
    { name: "tags", run: (taking) => takeTags(taking, tags) },
    { name: "genres of games", run: (taking) => takeLinks(taking, GAME_GENRES, tags) },
    { name: "tags of games", run: (taking) => takeLinks(taking, GAME_TAGS, tags) },
    { name: "mods", run: takeMods },
    { name: "games of mods", run: (taking) => takeLinks(taking, MOD_GAMES, tags) },
    { name: "tags of mods", run: (taking) => takeLinks(taking, MOD_TAGS, tags) },
    { name: "dependencies", run: takeDependencies },
    { name: "resources", run: takeResources },
    ...(archives === null
      ? []
      : [
          {
            name: "archives",
            run: (taking: Taking) => takeArchives(taking, { content: archives, blobsFolder: deps.config.blobsFolder }),
          },
        ]),
    { name: "unfinished", run: (taking) => queueUnfinished(taking, deps) },
  ];
}

const STATISTICS_STEPS: readonly Step[] = [
  { name: "hours", run: (taking) => takeCounters(taking, HOURS) },
  { name: "days", run: (taking) => takeCounters(taking, DAYS) },
  { name: "durations", run: takeDurations },
];

const counts = (tables: readonly string[]): string =>
  `SELECT ${tables.map((table) => `(SELECT count(*) FROM ${table})`).join(" + ")} AS n`;

const DATABASE_COUNT = counts([
  ...["genres", "games", "tags", "mods", "unity_games_genres", "unity_allowed_mods_tags", "unity_games_mods"],
  ...["unity_mods_tags", "unity_mods_dependencies", "resources_mods"],
]);
const STATISTICS_COUNT = counts(["statistics_hour", "statistics_day", "processing_time"]);

function rowsOf({ file }: Source, sql: string): number {
  const [row] = [...file.rows(sql)];
  return Number(row?.["n"]);
}
