import { z } from "@hono/zod-openapi";

/** PyTorrent's JSON in the contract. What a row did not hold when it was taken over is null. */

const orNothing = <Schema extends z.ZodType>(schema: Schema) => schema.nullable();
const DATE = "^-?\\d{4,6}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{6})?$";
const date = (description: string) =>
  orNothing(z.string()).openapi({ description: `${description}, in UTC, without a zone`, pattern: DATE });

const MOD = {
  name: "Harmony",
  description: "A library for patching",
  condition: 0,
  date_update: "2026-11-19T08:12:44",
  source: "steam",
  id: 2_925_604_173,
  size: 402_118,
  date_creation: "2024-03-01T10:00:00",
  date_request: "2026-11-20T15:30:00.032907",
  downloads: 1_204,
};
const GAME = {
  name: "RimWorld",
  logo: "https://cdn.akamai.steamstatic.com/steam/apps/294100/header.jpg",
  description: "<h1>About</h1>",
  mods_count: 812,
  source: "steam",
  id: 294_100,
  type: "game",
  short_description: "A sci-fi colony sim",
  mods_downloads: 90_210,
  creation_date: "2026-04-05T19:03:20.100000",
};
const RESOURCE = {
  id: 67,
  type: "screenshot",
  date_event: "2026-11-12T10:18:59.208608",
  owner_id: 2_925_604_173,
  url: "https://images.steamusercontent.com/ugc/1/2/",
};
const LABEL = { name: "Strategy", id: 2 };

const ModRow = z
  .object({
    name: orNothing(z.string()),
    description: orNothing(z.string()),
    condition: z.int().min(0).max(2).openapi({ description: "0 here, 1 here and not yet whole, 2 on its way" }),
    date_update: date("When its source changed it last"),
    source: orNothing(z.string()),
    id: z.int(),
    size: orNothing(z.int()).openapi({ description: "Bytes" }),
    date_creation: date("When it appeared at its source"),
    date_request: date("When it was asked for last"),
    downloads: orNothing(z.int()),
  })
  .openapi("PyTorrentMod", { example: MOD });

const GameRow = z
  .object({
    name: orNothing(z.string()),
    logo: orNothing(z.string()).openapi({ description: "Address of a picture" }),
    description: orNothing(z.string()),
    mods_count: orNothing(z.int()),
    source: orNothing(z.string()),
    id: z.int(),
    type: orNothing(z.string()).openapi({ description: "`game` or `app`" }),
    short_description: orNothing(z.string()),
    mods_downloads: orNothing(z.int()),
    creation_date: date("When the library learned of it"),
  })
  .openapi("PyTorrentGame", { example: GAME });

const LabelRow = z.object({ name: orNothing(z.string()), id: z.int() }).openapi("PyTorrentLabel", { example: LABEL });

const ResourceRow = z
  .object({
    id: z.int(),
    type: orNothing(z.string()).openapi({ description: "`logo` or `screenshot`" }),
    date_event: date("When it was noted"),
    owner_id: z.int().openapi({ description: "The mod" }),
    url: orNothing(z.string()),
  })
  .openapi("PyTorrentResource", { example: RESOURCE });

/** A list's answer. */
function pageOf<Row extends z.ZodType>(row: Row, name: string, example: object) {
  return z
    .object({
      database_size: z.int().min(0).openapi({ description: "How many there are with these filters" }),
      offset: z.int().openapi({ description: "page × page_size" }),
      results: z.array(row),
    })
    .openapi(name, { example: { database_size: 1, offset: 0, results: [example] } });
}

export const ModPage = pageOf(ModRow, "PyTorrentModPage", MOD);
export const GamePage = pageOf(GameRow, "PyTorrentGamePage", GAME);
export const LabelPage = pageOf(LabelRow, "PyTorrentLabelPage", LABEL);
export const ResourcePage = pageOf(ResourceRow, "PyTorrentResourcePage", RESOURCE);

export const ModInfo = z
  .object({
    result: z.union([ModRow, z.null()]),
    dependencies: z.array(z.int()).max(20).optional().openapi({ description: "Only when asked for; the first 20" }),
    dependencies_count: z.int().optional().openapi({ description: "How many there are in all" }),
  })
  .openapi("PyTorrentModInfo", { example: { result: MOD, dependencies: [2_009_463_077], dependencies_count: 1 } });

export const GameInfo = z
  .object({ result: z.union([GameRow, z.null()]) })
  .openapi("PyTorrentGameInfo", { example: { result: GAME } });

export const Conditions = z
  .record(z.string(), z.int().min(0).max(2))
  .openapi("PyTorrentConditions", { example: { "2925604173": 0 } });

/** A refusal, or what became of a download. */
export const Answer = z
  .object({ message: z.string(), error_id: z.int() })
  .openapi("PyTorrentAnswer", { example: { message: "incorrect page size", error_id: 1 } });

export const DownloadAnswer = z
  .object({
    message: z.string(),
    error_id: z.int().min(0).max(3),
    unsuccessful_attempts: z.boolean().optional().openapi({ description: "An earlier try for this mod failed" }),
    updating: z
      .boolean()
      .optional()
      .openapi({ description: "An older version is here and stays until the new one is" }),
  })
  .openapi("PyTorrentDownloadAnswer", {
    example: { message: "request added to queue", error_id: 0, unsuccessful_attempts: false, updating: false },
  });

export const Invalid = z
  .object({ detail: z.array(z.object({ loc: z.array(z.string()), msg: z.string(), type: z.string() }).loose()) })
  .openapi("PyTorrentInvalid", {
    example: { detail: [{ loc: ["path", "mod_id"], msg: "value is not a valid integer", type: "type_error.integer" }] },
  });
