import type { Effects, RecordedCase } from "./recorded.ts";

/** Where we answer something else than the recording: what instead, and why. */
export type Departure = {
  why: string;
  status?: number;
  headers?: Readonly<Record<string, string>>;
  /** Instead of the recorded body; left out: any. */
  body?: unknown;
  /** Instead of the recorded effects. */
  effects?: Partial<Effects>;
};

const FAULT = "the original fails";
const PROPER_HTTP = "proper HTTP is promised here";

const download = { stat: { "/download/": 1 } };
const missing = {
  stat: { "/download/": 1, mod_not_found_local: 1 },
  processing: ["download_local_error"],
};
const damaged: Departure = {
  why: `${FAULT}; its README says what it meant`,
  status: 404,
  body: { message: "the mod is damaged", error_id: 2 },
  effects: { stat: { ...download.stat, damaged_mod: 1 }, processing: ["download_local_error"] },
};
const notFound = { message: "this mod was not found", error_id: 2 };
const notFoundOnSteam: Effects = {
  stat: { "/download/steam/": 1, mod_not_found_local: 1 },
  processing: ["download_steam_error"],
  ...{ mods: {}, games: {}, rows: {} },
};
const russian: Departure = { why: `${FAULT}; its README promises ru`, status: 200 };
const noneFound = { database_size: 0, offset: 0, results: [] };
const sentAll = (mod: string, game: string, door: "steam" | "local"): Partial<Effects> => ({
  stat: { [door === "steam" ? "/download/steam/" : "/download/"]: 1, files_sent: 1 },
  processing: [`download_${door}_ok`],
  mods: { [mod]: { date_request: "now", downloads: "+1" } },
  games: { [game]: { mods_downloads: "+1" } },
});

export const DEPARTURES: Readonly<Record<string, Departure>> = {
  "list_mods/page_overflow": { why: FAULT, status: 200 },
  "list_mods/tags_nested_list": { why: FAULT, status: 200, body: noneFound },
  "list_mods/tags_object_element": { why: FAULT, status: 200, body: noneFound },
  "info/mod_overflow": { why: FAULT, status: 200, body: { result: null } },
  "condition/nested": { why: FAULT, status: 200, body: {} },
  "statistics/type_map_en": russian,
  "statistics/type_map_ru_RU_only": russian,
  "statistics/type_map_empty": russian,
  "statistics/type_map_no_header": russian,
  "download/overflow": {
    why: FAULT,
    status: 404,
    body: { message: "the mod is not on the server", error_id: 1 },
    effects: missing,
  },
  "download/damaged": damaged,
  "download/damaged_no_game": damaged,
  "download/damaged_no_content_root": damaged,
  "download/condition_1": damaged,
  "download_steam/steam_down_have_zip": {
    why: `${FAULT}; its README says that it is sent`,
    status: 200,
    effects: sentAll("739389999", "281990", "steam"),
  },
  "download_steam/steam_down_have_row_only": { why: FAULT, status: 404, body: notFound, effects: notFoundOnSteam },
  "download_steam/folder_instead": { why: FAULT, status: 200 },
  "download_steam/overflow": { why: FAULT, status: 404, body: notFound, effects: notFoundOnSteam },
  "list_mods/head": { why: PROPER_HTTP, status: 200, headers: {} },
  "list_mods/options": { why: PROPER_HTTP, status: 204, headers: {} },
  "download/head": { why: PROPER_HTTP, status: 200, headers: {} },
  "download/range_ignored": { why: PROPER_HTTP, status: 206 },
  "download/if_none_match": {
    why: PROPER_HTTP,
    status: 304,
    headers: {},
    effects: { ...download, processing: ["download_local_ok"] },
  },
  "download_steam/update": {
    why: "the binding that is doubled and the genres that are lost are faults",
    effects: {
      stat: { "/download/steam/": 1, download_from_steam_ok: 1, updating_mod: 1 },
      processing: ["steam_ok"],
      mods: { "739389999": { date_update: "2026-11-18 11:06:40.000000" } },
    },
  },
};

/** Tables that a case's recorded growth is not compared for: the original loses the genres of a game it knows. */
export const FAULTY_ROWS: readonly string[] = ["unity_games_genres"];

/** A final 102 becomes 202, a final 103 becomes 503: neither can be sent as a final answer. */
const STATUS: Readonly<Record<number, number>> = { 102: 202, 103: 503 };

/** The answer we owe for a recorded case. */
export function owed(recorded: RecordedCase): RecordedCase & { isAnyBody: boolean } {
  const departure = DEPARTURES[recorded.id];
  const status = STATUS[recorded.status] ?? recorded.status;
  if (departure === undefined) return { ...recorded, status, isAnyBody: false };
  const nothing = { stat: {}, processing: [], mods: {}, games: {}, rows: {} };
  return {
    ...recorded,
    status: departure.status ?? status,
    headers: departure.headers ?? (departure.status === undefined ? recorded.headers : {}),
    body: departure.body,
    isAnyBody: departure.status !== undefined && departure.body === undefined,
    ...(departure.effects === undefined ? {} : { effects: { ...nothing, ...departure.effects } }),
  };
}
