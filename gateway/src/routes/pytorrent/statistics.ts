import type { Deps } from "../../deps.ts";
import { dayOf } from "../../domain/statistics.ts";
import { type AnswerFromShelf, createShelfAnswers } from "./answer-from-shelf.ts";
import { type Asked, countAsked, type PathTable } from "./door.ts";
import { reply } from "./reply.ts";
import { type CountsDeps, statisticsDay, statisticsHour } from "./statistics-counts.ts";
import { TYPE_MAP, TYPE_MAP_LANGUAGE } from "./type-map.ts";

type StatisticsDeps = CountsDeps & Pick<Deps, "shelf">;
type AnsweringDeps = StatisticsDeps & { answer: AnswerFromShelf };

/** So many of the newest are averaged. */
const NEWEST = 20;

/** PyTorrent's statistics. */
export function statisticsPaths(deps: StatisticsDeps): PathTable {
  const answering = { ...deps, answer: createShelfAnswers(deps) };
  return [
    { template: "/statistics/delay", handle: (asked) => statisticsDelay(asked, deps) },
    { template: "/statistics/hour", handle: (asked) => statisticsHour(asked, deps) },
    { template: "/statistics/day", handle: (asked) => statisticsDay(asked, deps) },
    { template: "/statistics/info/all", handle: (asked) => infoAll(asked, answering) },
    { template: "/statistics/info/type_map", handle: (asked) => typeMap(asked, answering) },
  ];
}

/** `GET /statistics/delay`: how long answers with a file and transfers took lately, in milliseconds; 0 when nothing is known. */
async function statisticsDelay(asked: Asked, { counters, statistics }: CountsDeps): Promise<Response> {
  countAsked(asked, counters, "/statistics/delay/");
  await counters.flush();
  const [fast, full] = await Promise.all([
    statistics.meanDuration(["download_local_ok", "download_steam_ok"], NEWEST),
    statistics.meanDuration(["steam_ok"], NEWEST),
  ]);
  return reply(200, { fast, full });
}

/**
 * `GET /statistics/info/all`: the size of the library. Asking is counted, so today is always one of the days, also before
 * that is stored: the answer changes with the shelf, with the day, and with what is stored first of a day.
 */
async function infoAll(asked: Asked, { counters, shelf, statistics, now, answer }: AnsweringDeps): Promise<Response> {
  countAsked(asked, counters, "/statistics/info/all/");
  const today = dayOf(now());
  const mark = await statistics.daysMark();
  return answer(asked.c, `summary ${today} ${mark}`, async () => {
    const [summary, days] = await Promise.all([shelf.summary(), statistics.daysCounted(today)]);
    return JSON.stringify({
      mods: summary.mods,
      games: summary.games,
      genres: summary.genres,
      mods_tags: summary.tags,
      mods_dependencies: summary.dependents,
      statistics_days: days,
      // A sum over no games at all.
      mods_sent_count: summary.games === 0 ? null : summary.downloads,
    });
  });
}

/** `GET /statistics/info/type_map`: what the counters are called, whatever languages the client prefers: there is only one. */
async function typeMap(asked: Asked, { counters, answer }: AnsweringDeps): Promise<Response> {
  countAsked(asked, counters, "/statistics/info/type_map/");
  return answer(asked.c, "type map", async () => JSON.stringify({ language: TYPE_MAP_LANGUAGE, result: TYPE_MAP }));
}
