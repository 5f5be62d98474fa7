import { z } from "@hono/zod-openapi";
import type { Api } from "../api.ts";
import { ASKING, FILE, id, invalid, type PathContract } from "../pytorrent/contract-parts.ts";
import { Ranges } from "../request-headers.ts";
import { json, readable, sometimes } from "../responses.ts";
import { DownloadAnswer, GameAnswer, GamesAnswer, ModAnswer, ModsAnswer } from "./contract-views.ts";

const Mod = z.object({ mod_id: id("The mod", 2_925_604_173) });
const Game = z.object({ game_id: id("The game by Steam's number", 294_100) });
const Page = z.object({
  page_size: id("How many; below 0: all of them", 10),
  page_number: id("From 0 on", 0),
});
const Source = z.object({
  source: z
    .string()
    .openapi({ description: "Only what came from there, letter by letter; `ALL`: all", example: "ALL" }),
});

const notAnInteger = invalid("A number in the path is none");
const read = (description: string, schema: z.ZodType) => ({ ...readable(description, schema), 422: notAnInteger });
const ofSentFile = FILE[200];

/** A long list is sent while it is read, and nobody knows its entity tag before. */
function list(description: string, schema: z.ZodType) {
  const responses = read(description, schema);
  return { ...responses, 200: { ...responses[200], headers: sometimes(responses[200].headers) } };
}

const PATHS: readonly PathContract[] = [
  {
    path: "/v1/download/steam/{mod_id}",
    operationId: "pytorrentV1DownloadSteam",
    summary: "Download a Workshop item, or ask for it",
    description: "PyTorrent's first interface, which answers 200 to everything that it understands.",
    request: { params: Mod, headers: Ranges },
    responses: {
      ...FILE,
      ...ASKING,
      200: {
        ...ofSentFile,
        description: "The archive, or what became of the request",
        headers: sometimes(ofSentFile.headers),
        content: { ...ofSentFile.content, ...json(DownloadAnswer) },
      },
    },
  },
  {
    path: "/v1/list/mods/{page_size}/{page_number}/{game_id}/{source}",
    operationId: "pytorrentV1ListMods",
    summary: "List the mods of a game in the order in which they came",
    description: "PyTorrent's first interface. More than 1,000 mods are sent while they are read, without an ETag.",
    request: { params: Page.extend(Game.shape).extend(Source.shape) },
    responses: list("The mods of this page", ModsAnswer),
  },
  {
    path: "/v1/list/games/{page_size}/{page_number}/{source}",
    operationId: "pytorrentV1ListGames",
    summary: "List the games in the order in which they came",
    description: "PyTorrent's first interface.",
    request: { params: Page.extend(Source.shape) },
    responses: list("The games of this page", GamesAnswer),
  },
  {
    path: "/v1/info/mod/{mod_id}",
    operationId: "pytorrentV1GetMod",
    summary: "Read one mod and how it was fetched",
    description: "PyTorrent's first interface.",
    request: { params: Mod },
    responses: read("What is known, also when that is nothing", ModAnswer),
  },
  {
    path: "/v1/info/game/{game_id}",
    operationId: "pytorrentV1GetGame",
    summary: "Read one game",
    description: "PyTorrent's first interface.",
    request: { params: Game },
    responses: read("The game, or null", GameAnswer),
  },
];

/** The first interface in the contract. A door of its own answers it, so this only documents. */
export function registerPytorrentV1(api: Api): void {
  for (const path of PATHS) api.openAPIRegistry.registerPath({ method: "get", tags: ["pytorrent-v1"], ...path });
}
