import { z } from "@hono/zod-openapi";

/** The first interface's JSON in the contract: its rows are arrays, and what a row did not hold is null. */

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
export const ModsAnswer = z
  .object({ database_size: z.int(), request: Page.extend({ game_id: z.int() }), results: z.array(ModRow) })
  .openapi("PyTorrentV1Mods", {
    example: {
      database_size: 21,
      request: { ...aPage, game_id: 294_100 },
      results: [[294_100, 2_925_604_173, "Example", 131_436, "2026-05-15 23:15:36", "steam"]],
    },
  });
export const GamesAnswer = z
  .object({ database_size: z.int(), request: Page, results: z.array(GameRow) })
  .openapi("PyTorrentV1Games", {
    example: { database_size: 21, request: aPage, results: [[294_100, "RimWorld", "2026-04-05 19:03:20", "steam"]] },
  });
export const GameAnswer = z
  .object({ request: z.object({ game_id: z.int() }), results: orNull(GameRow) })
  .openapi("PyTorrentV1Game", {
    example: { request: { game_id: 294_100 }, results: [294_100, "RimWorld", "2026-04-05 19:03:20", "steam"] },
  });
export const ModAnswer = z
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
export const DownloadAnswer = z
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
