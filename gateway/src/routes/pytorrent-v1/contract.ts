import { type RouteConfig, z } from "@hono/zod-openapi";
import type { Api } from "../api.ts";

const integer = (description: string, example: string) => z.string().openapi({ description, example });
const source = z
  .string()
  .openapi({ description: "Only what came from there, letter by letter; `ALL`: everything", example: "ALL" });
const pageSize = integer("How many; below 0: all of them", "10");
const pageNumber = integer("From 0 on", "0");
const modId = integer("An item of the Workshop", "2925604173");
const gameId = integer("A game by Steam's number", "294100");

const text = z.string().nullable();
const ModRow = z
  .tuple([z.int().nullable(), z.int(), text, z.int().nullable(), text, text])
  .openapi("PyTorrentV1ModRow", {
    description: "Game, mod, name, size in bytes, date (`YYYY-MM-DD HH:MM:SS`), source",
    example: [294_100, 2_925_604_173, "Example", 131_436, "2026-05-15 23:15:36", "steam"],
  });
const GameRow = z.tuple([z.int(), text, text, text]).openapi("PyTorrentV1GameRow", {
  description: "Game, name, date (`YYYY-MM-DD HH:MM:SS`), source",
  example: [294_100, "RimWorld", "2026-04-05 19:03:20", "steam"],
});
const orNull = <Schema extends z.ZodType>(schema: Schema) => z.union([schema, z.null()]);

const Page = z.object({ page_size: z.int(), page_number: z.int(), offeset: z.int(), source: z.string() });
const aPage = { page_size: 10, page_number: 2, offeset: 20, source: "ALL" };
const ModsAnswer = z
  .object({ database_size: z.int(), request: Page.extend({ game_id: z.int() }), results: z.array(ModRow) })
  .openapi("PyTorrentV1Mods", {
    example: {
      database_size: 21,
      request: { ...aPage, game_id: 294_100 },
      results: [[294_100, 2_925_604_173, "Example", 131_436, "2026-05-15 23:15:36", "steam"]],
    },
  });
const GamesAnswer = z
  .object({ database_size: z.int(), request: Page, results: z.array(GameRow) })
  .openapi("PyTorrentV1Games", {
    example: { database_size: 21, request: aPage, results: [[294_100, "RimWorld", "2026-04-05 19:03:20", "steam"]] },
  });
const GameAnswer = z
  .object({ request: z.object({ game_id: z.int() }), results: orNull(GameRow) })
  .openapi("PyTorrentV1Game", {
    example: { request: { game_id: 294_100 }, results: [294_100, "RimWorld", "2026-04-05 19:03:20", "steam"] },
  });
const ModAnswer = z
  .object({
    request: z.object({ mod_id: z.int() }),
    condition: z.int().min(-1).max(3).openapi({
      description: "-1 unknown, 0 here, 1 on its way again after failures, 2 on its way, 3 could not be fetched",
    }),
    downloaded: orNull(ModRow),
    requested: orNull(ModRow),
    not_loaded: z.array(ModRow).nullable(),
  })
  .openapi("PyTorrentV1Mod", {
    example: {
      request: { mod_id: 2_925_604_173 },
      condition: 0,
      downloaded: [294_100, 2_925_604_173, "Example", 131_436, "2026-05-15 23:15:36", "steam"],
      requested: null,
      not_loaded: null,
    },
  });
const DownloadAnswer = z
  .object({
    message: z.string(),
    error_id: z.int().min(0).max(3).openapi({
      description: "0 it was queued by this request, 1 nobody could fetch it now, 2 not found, 3 it is on its way",
    }),
    unsuccessful_attempts: z.boolean().optional().openapi({ description: "Whether earlier tries failed" }),
    info: z
      .object({ check_error: z.boolean(), search_error: z.boolean() })
      .optional()
      .openapi({ description: "Whether Steam could not be asked, and whether it says that there is no such item" }),
  })
  .openapi("PyTorrentV1Queued", {
    example: { message: "request added to queue", error_id: 0, unsuccessful_attempts: false },
  });
const Faults = z
  .object({ detail: z.array(z.object({ loc: z.array(z.string()), msg: z.string(), type: z.string() })) })
  .openapi("PyTorrentV1Faults", {
    example: {
      detail: [{ loc: ["path", "mod_id"], msg: "value is not a valid integer", type: "type_error.integer" }],
    },
  });

const zip = { "application/zip": { schema: z.string().openapi({ format: "binary" }) } };
const json = (schema: z.ZodType) => ({ "application/json": { schema } });
const notAnInteger = { description: "A number in the path is none", content: json(Faults) };
const read = (description: string, schema: z.ZodType) => ({
  200: { description, content: json(schema) },
  304: { description: "You have it already" },
  422: notAnInteger,
});

const PATHS: readonly Pick<RouteConfig, "path" | "operationId" | "summary" | "request" | "responses">[] = [
  {
    path: "/v1/download/steam/{mod_id}",
    operationId: "pytorrentV1DownloadSteam",
    summary: "Download a Workshop item, or ask for it (PyTorrent's first interface)",
    request: { params: z.object({ mod_id: modId }) },
    responses: {
      200: { description: "The archive, or what became of the request", content: { ...zip, ...json(DownloadAnswer) } },
      206: { description: "The part that Range asked for", content: zip },
      304: { description: "You have it already" },
      412: { description: "The archive is another one than you expected" },
      416: { description: "The archive has fewer bytes" },
      422: notAnInteger,
    },
  },
  {
    path: "/v1/list/mods/{page_size}/{page_number}/{game_id}/{source}",
    operationId: "pytorrentV1ListMods",
    summary: "Mods of a game in the order in which they came (PyTorrent's first interface)",
    request: { params: z.object({ page_size: pageSize, page_number: pageNumber, game_id: gameId, source }) },
    responses: read("The mods of this page", ModsAnswer),
  },
  {
    path: "/v1/list/games/{page_size}/{page_number}/{source}",
    operationId: "pytorrentV1ListGames",
    summary: "Games in the order in which they came (PyTorrent's first interface)",
    request: { params: z.object({ page_size: pageSize, page_number: pageNumber, source }) },
    responses: read("The games of this page", GamesAnswer),
  },
  {
    path: "/v1/info/mod/{mod_id}",
    operationId: "pytorrentV1InfoMod",
    summary: "What is known about a mod and its fetches (PyTorrent's first interface)",
    request: { params: z.object({ mod_id: modId }) },
    responses: read("What is known, also when that is nothing", ModAnswer),
  },
  {
    path: "/v1/info/game/{game_id}",
    operationId: "pytorrentV1InfoGame",
    summary: "What is known about a game (PyTorrent's first interface)",
    request: { params: z.object({ game_id: gameId }) },
    responses: read("The game, or null", GameAnswer),
  },
];

/** The first interface in the contract. A door of its own answers it, so this only documents. */
export function registerPytorrentV1(api: Api): void {
  for (const path of PATHS) api.openAPIRegistry.registerPath({ method: "get", tags: ["pytorrent"], ...path });
}
