import { z } from "@hono/zod-openapi";
import type { Api } from "../api.ts";
import { Ranges } from "../request-headers.ts";
import { HEADERS, readable } from "../responses.ts";
import {
  ASKING,
  COMING,
  FILE,
  id,
  invalid,
  list,
  NOT_TO_BE_HAD,
  number,
  type PathContract,
  refused,
} from "./contract-parts.ts";
import { STATISTICS } from "./contract-statistics.ts";
import * as views from "./contract-views.ts";

const Mod = z.object({ mod_id: id("The mod", 2_925_604_173) });
const Game = z.object({ game_id: id("The game by Steam's number", 294_100) });
const page = {
  page_size: number("Items of a page", { default: 10, minimum: 1, maximum: 50 }),
  page: number("From 0 on", { default: 0 }),
};
const names = z
  .string()
  .optional()
  .openapi({ description: "Part of the name; `%` and `_` are wildcards", example: "harmony" });
const flag = (description: string) => z.string().optional().openapi({ type: "boolean", default: false, description });
const sort = (keys: readonly string[], { from, otherwise }: { from: string; otherwise: string }) =>
  z
    .string()
    .optional()
    .openapi({
      enum: keys.flatMap((key) => [key, `i${key}`]),
      default: from,
      description: `\`i\`: from large to small; what is not listed is as \`${otherwise}\``,
    });
const origins = list("From any of these sources.", '["steam"]');

const wrongSize = refused("The page size is out of its range");
const wrongSizeOrTooMuch = refused("The page size is out of its range (1), or the filters have too many elements (2)");
const wrongParameter = invalid("A parameter is not what it has to be");

const FRONT_PAGE = { description: "Our front page", content: { "text/html": { schema: z.string() } } };

const ROOT: readonly PathContract[] = [
  {
    path: "/",
    operationId: "pytorrentRoot",
    summary: "Go to the documentation",
    description: "Whoever takes `text/html` gets the front page instead.",
    request: {
      headers: z.object({
        accept: z.string().optional().openapi({ description: "What you can read", example: "application/json" }),
      }),
    },
    responses: {
      200: FRONT_PAGE,
      307: {
        description: "The documentation is elsewhere",
        headers: { Location: { ...HEADERS.location.Location, description: "Where", example: "/docs" } },
      },
    },
  },
];

const DOWNLOADS: readonly PathContract[] = [
  {
    path: "/download/steam/{mod_id}",
    operationId: "pytorrentDownloadSteam",
    summary: "Download a Workshop item, or ask for it",
    request: { params: Mod, headers: Ranges },
    responses: {
      ...FILE,
      ...ASKING,
      202: COMING,
      404: NOT_TO_BE_HAD,
      503: { ...refused("Nobody could fetch it now; PyTorrent sent a final 103 here"), headers: HEADERS.retryAfter },
    },
  },
  {
    path: "/download/{mod_id}",
    operationId: "pytorrentDownload",
    summary: "Download a mod that is here",
    request: { params: Mod, headers: Ranges },
    responses: { ...FILE, 202: COMING, 404: NOT_TO_BE_HAD },
  },
];

const LISTS: readonly PathContract[] = [
  {
    path: "/list/mods/",
    operationId: "pytorrentListMods",
    summary: "List mods by offset",
    description: "At most 30 elements in all lists together.",
    request: {
      query: z.object({
        ...page,
        sort: sort(["NAME", "SIZE", "DATE_CREATION", "DATE_UPDATE", "DATE_REQUEST", "SOURCE", "DOWNLOADS"], {
          from: "DOWNLOADS",
          otherwise: "DOWNLOADS",
        }),
        tags: list("Has all of these tags.", "[3,23]"),
        games: list("Is for all of these games.", "[294100]"),
        dependencies: flag("Only mods that need no others"),
        primary_sources: origins,
        name: names,
      }),
    },
    responses: {
      ...readable("A page of mods", views.ModPage),
      413: wrongSizeOrTooMuch,
      422: wrongParameter,
    },
  },
  {
    path: "/list/games/",
    operationId: "pytorrentListGames",
    summary: "List games by offset",
    description: "At most 30 elements in all lists together.",
    request: {
      query: z.object({
        ...page,
        sort: sort(["NAME", "TYPE", "CREATION_DATE", "MODS_DOWNLOADS", "MODS_COUNT", "SOURCE"], {
          from: "MODS_DOWNLOADS",
          otherwise: "iMODS_DOWNLOADS",
        }),
        type_app: list("Is of any of these types.", '["game"]'),
        genres: list("Is of all of these genres.", "[2]"),
        primary_sources: origins,
        name: names,
      }),
    },
    responses: {
      ...readable("A page of games", views.GamePage),
      413: wrongSizeOrTooMuch,
      422: wrongParameter,
    },
  },
  {
    path: "/list/tags/{game_id}",
    operationId: "pytorrentListTags",
    summary: "List the tags of a game's mods",
    request: { params: Game, query: z.object(page) },
    responses: {
      ...readable("A page of tags", views.LabelPage),
      413: wrongSize,
      422: wrongParameter,
    },
  },
  {
    path: "/list/genres",
    operationId: "pytorrentListGenres",
    summary: "List the genres of all games",
    request: { query: z.object(page) },
    responses: {
      ...readable("A page of genres", views.LabelPage),
      413: wrongSize,
      422: wrongParameter,
    },
  },
  {
    path: "/list/resources_mods/{mod_id}",
    operationId: "pytorrentListResources",
    summary: "List the pictures of a mod",
    request: {
      params: Mod,
      query: z.object({ ...page, types_resources: list("Is of any of these types; at most 20.", '["logo"]') }),
    },
    responses: {
      ...readable("A page of pictures", views.ResourcePage),
      413: wrongSizeOrTooMuch,
      422: wrongParameter,
    },
  },
];

const INFORMATION: readonly PathContract[] = [
  {
    path: "/info/mod/{mod_id}",
    operationId: "pytorrentGetMod",
    summary: "Read one mod",
    request: { params: Mod, query: z.object({ dependencies: flag("Also what it needs") }) },
    responses: { ...readable("The mod, or null", views.ModInfo), 422: wrongParameter },
  },
  {
    path: "/info/game/{game_id}",
    operationId: "pytorrentGetGame",
    summary: "Read one game",
    request: { params: Game },
    responses: { ...readable("The game, or null", views.GameInfo), 422: wrongParameter },
  },
  {
    path: "/condition/mod/{ids_array}",
    operationId: "pytorrentGetConditions",
    summary: "How far up to 50 mods are",
    description: "0 here, 1 here and not yet whole, 2 on its way; a mod that is unknown is left out.",
    request: {
      params: z.object({
        ids_array: z.string().openapi({ description: "A JSON list of ids", example: "[2925604173]" }),
      }),
    },
    responses: { ...readable("The conditions by id", views.Conditions), 413: refused("Not a list of 1 to 50 ids") },
  },
];

/** PyTorrent's paths in the contract. They are answered by a door of their own, so this only documents. */
export function registerPytorrent(api: Api): void {
  for (const path of [...ROOT, ...DOWNLOADS, ...LISTS, ...INFORMATION, ...STATISTICS])
    api.openAPIRegistry.registerPath({ method: "get", tags: ["pytorrent"], ...path });
}
