import { z } from "@hono/zod-openapi";
import { json, readable } from "../responses.ts";
import { invalid, type PathContract, refused } from "./contract-parts.ts";

const Count = { type: z.string().openapi({ description: "What was counted; `type_map` names it" }), count: z.int() };
const HourCount = z
  .object({ date_time: z.string(), ...Count })
  .openapi("PyTorrentHourCount", { example: { date_time: "2026-11-20T15:00:00", type: "/info/mod/", count: 107 } });
const DayCount = z
  .object({ date: z.string(), ...Count })
  .openapi("PyTorrentDayCount", { example: { date: "2026-11-20", type: "/download/", count: 871 } });
const Delay = z
  .object({ fast: z.int(), full: z.int() })
  .openapi("PyTorrentDelay", { example: { fast: 134, full: 15_689 } });
const Summary = z
  .object({
    mods: z.int(),
    games: z.int(),
    genres: z.int(),
    mods_tags: z.int(),
    mods_dependencies: z.int().openapi({ description: "Mods that need others" }),
    statistics_days: z.int(),
    mods_sent_count: z.int().nullable().openapi({ description: "Files sent; null without any games" }),
  })
  .openapi("PyTorrentSummary", {
    example: {
      ...{ mods: 200, games: 50, genres: 30, mods_tags: 300 },
      ...{ mods_dependencies: 18, statistics_days: 30, mods_sent_count: 6_932 },
    },
  });
const TypeMap = z
  .object({ language: z.string(), result: z.record(z.string(), z.string()) })
  .openapi("PyTorrentTypeMap", { example: { language: "ru", result: { files_sent: "Отправлено файлов" } } });

const hour = (description: string) =>
  z.string().optional().openapi({ type: "integer", minimum: 0, maximum: 23, description, example: 12 });
const day = (description: string) =>
  z.string().optional().openapi({ format: "date", description, example: "2026-11-20" });

/** What was counted, by the hour and by the day, and how large the library is. */
export const STATISTICS: readonly PathContract[] = [
  {
    path: "/statistics/delay",
    operationId: "pytorrentGetDelay",
    summary: "How long downloads and fetches took lately",
    description: "Means over the newest twenty, in milliseconds; 0 when nothing is known.",
    responses: { 200: { description: "The means", content: json(Delay) } },
  },
  {
    path: "/statistics/hour",
    operationId: "pytorrentGetHours",
    summary: "What was counted today, by the hour",
    request: {
      query: z.object({
        select_date: day("Checked, and then not looked at: it is always today"),
        start_hour: hour("The first hour; 0"),
        end_hour: hour("The last hour; 23"),
      }),
    },
    responses: {
      200: { description: "The counts", content: json(z.array(HourCount)) },
      409: refused("The first hour comes after the last"),
      412: refused("An hour is none"),
      422: invalid("A parameter is not what it has to be"),
    },
  },
  {
    path: "/statistics/day",
    operationId: "pytorrentGetDays",
    summary: "What was counted, by the day",
    request: {
      query: z.object({
        start_date: day("The first day; a week before the last"),
        end_date: day("The last day; today"),
      }),
    },
    responses: {
      200: { description: "The counts", content: json(z.array(DayCount)) },
      409: refused("The first day comes after the last"),
      422: invalid("A date is none"),
    },
  },
  {
    path: "/statistics/info/all",
    operationId: "pytorrentGetSummary",
    summary: "How large the library is",
    responses: readable("The figures", Summary),
  },
  {
    path: "/statistics/info/type_map",
    operationId: "pytorrentGetTypeMap",
    summary: "What the counters are called",
    description: "There is only one language, `ru`, whatever `Accept-Language` says.",
    responses: readable("The names", TypeMap),
  },
];
