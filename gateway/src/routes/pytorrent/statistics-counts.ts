import type { Deps } from "../../deps.ts";
import { DAY_MS, dayOf, HOUR_MS } from "../../domain/statistics.ts";
import { type Asked, countAsked } from "./door.ts";
import { type ParamReader, readParams } from "./read-params.ts";
import { reply } from "./reply.ts";
import { type Day, dayFault, parseDay, printDay } from "./statistics-date.ts";

export type CountsDeps = Pick<Deps, "counters" | "statistics" | "now">;

const HOURS_START = { message: "start_hour exits 24 hour format", error_id: 1 } as const;
const HOURS_END = { message: "end_hour exits 24 hour format", error_id: 2 } as const;
const CONFLICT = { message: "conflicting request", error_id: 3 } as const;
const LAST_HOUR = 23n;
const DAYS_BEFORE = 7;

/** `GET /statistics/hour`: what was counted today by the hour. `select_date` is looked at and then passed over. */
export async function statisticsHour(asked: Asked, { counters, statistics, now }: CountsDeps): Promise<Response> {
  const read = readParams(asked);
  readDay(asked, read, "select_date");
  const start = read.integer("start_hour", 0n);
  const end = read.integer("end_hour", LAST_HOUR);
  const refusal = read.refusal();
  if (refusal !== null) return refusal;

  countAsked(asked, counters, "/statistics/hour/");
  if (start < 0n || start > LAST_HOUR) return reply(412, HOURS_START);
  if (end < 0n || end > LAST_HOUR) return reply(412, HOURS_END);
  if (start > end) return reply(409, CONFLICT);

  const today = dayOf(now());
  await counters.flush();
  const counts = await statistics.hours(today + Number(start) * HOUR_MS, today + Number(end) * HOUR_MS);
  return reply(
    200,
    counts.map(({ kind, startsAt, count }) => ({ date_time: printHour(startsAt), type: kind, count })),
  );
}

/** `GET /statistics/day`: what was counted by the day, both ends included. */
export async function statisticsDay(asked: Asked, { counters, statistics, now }: CountsDeps): Promise<Response> {
  const read = readParams(asked);
  const asksStart = readDay(asked, read, "start_date");
  const asksEnd = readDay(asked, read, "end_date");
  const refusal = read.refusal();
  if (refusal !== null) return refusal;

  countAsked(asked, counters, "/statistics/day/");
  const end = asksEnd ?? dayOf(now()) / DAY_MS;
  const start = asksStart ?? end - DAYS_BEFORE;
  if (start > end) return reply(409, CONFLICT);

  await counters.flush();
  const counts = await statistics.days(start * DAY_MS, end * DAY_MS);
  return reply(
    200,
    counts.map(({ kind, startsAt, count }) => ({ date: printDay(startsAt / DAY_MS), type: kind, count })),
  );
}

function readDay({ query }: Asked, read: ParamReader, name: string): Day | null {
  return read.other<Day | null>(name, null, { parse: parseDay, ...dayFault(query.get(name)) });
}

function printHour(at: number): string {
  return new Date(at).toISOString().slice(0, 19);
}
