import { setTimeout as delay } from "node:timers/promises";
import Libsql from "libsql";
import { silentLog } from "../../src/log.ts";
import { createSteam } from "../../src/steam/create-steam.ts";
import type { Steam } from "../../src/steam/steam.ts";
import type { Setup } from "./recorded.ts";

type Details = Readonly<Record<string, unknown>>;

export type SteamOfData = { database: string; steam: NonNullable<Setup["steam"]> | undefined; now: () => number };

/**
 * Steam as the recording had it: it knows every mod of the installation with the dates there, made-up items from 3.9 billion
 * upward, and what a case says about one. Our real client speaks its wire, only the network in between is missing.
 */
export function steamOfData({ database, steam = {}, now }: SteamOfData): Steam {
  const known = detailsOf(database);
  for (const [id, seconds] of Object.entries(steam.time_updated ?? {})) {
    known.set(id, { ...known.get(id), time_updated: seconds, hcontent_file: String(seconds) });
  }
  const item = steam.item;
  if (item !== undefined) known.set(String(item.details["publishedfileid"]), item.details);
  const answers = { known, page: item?.page, apps: item?.appdetails ?? {}, isDown: steam.down ?? false };
  return createSteam({
    steam: {
      apiUrl: "https://api.example",
      storeUrl: "https://store.example",
      communityUrl: "https://community.example",
      key: null,
    },
    steamCalls: { burst: 1_000, everyMs: 1 },
    fetch: async (input, init) => answer(answers, new URL(String(input)), String(init?.body ?? "")),
    sleep: (ms, signal) => delay(ms, undefined, { signal }),
    random: () => 0,
    log: silentLog,
    now,
    coalesceMs: 0,
  });
}

type Answers = { known: ReadonlyMap<string, Details>; page: string | undefined; apps: Details; isDown: boolean };

function answer({ known, page, apps, isDown }: Answers, url: URL, form: string): Response {
  if (isDown) return new Response("Service Unavailable", { status: 503 });
  if (url.pathname.startsWith("/sharedfiles")) return html(page ?? "<!DOCTYPE html><html><body></body></html>");
  if (url.pathname.startsWith("/api/appdetails")) {
    const app = url.searchParams.get("appids") ?? "";
    return Response.json({ [app]: apps[app] ?? { success: false } });
  }
  const ids = [...new URLSearchParams(form)].flatMap(([name, value]) =>
    name.startsWith("publishedfileids") ? [value] : [],
  );
  if (url.pathname.includes("GetCollectionDetails")) {
    return Response.json({ response: { collectiondetails: ids.map((id) => ({ publishedfileid: id, result: 9 })) } });
  }
  const details = ids.map((id) => known.get(id) ?? madeUp(id) ?? { publishedfileid: id, result: 9 });
  return Response.json({ response: { publishedfiledetails: details } });
}

function html(page: string): Response {
  return new Response(page, { headers: { "content-type": "text/html; charset=UTF-8" } });
}

const MADE_UP_FROM = 3_900_000_000;

/** The recording's own rule for items that only Steam had. */
function madeUp(id: string): Details | null {
  const number = Number(id);
  if (!(number >= MADE_UP_FROM)) return null;
  const app = number % 2 === 0 ? 294_100 : 4_000;
  return {
    ...item({ id, app, title: `Fake Steam item ${id}`, size: 52_428 }),
    description: `Made up item ${id}.`,
    time_created: 1_600_000_000 + (number % 1_000),
    time_updated: 1_650_000_000 + (number % 1_000),
  };
}

function item({ id, app, title, size }: { id: string; app: number; title: string; size: number }): Details {
  return {
    publishedfileid: id,
    result: 1,
    creator: "76561198000000000",
    creator_app_id: app,
    consumer_app_id: app,
    file_size: size,
    file_url: "",
    hcontent_file: "1",
    preview_url: "",
    title,
    tags: [{ tag: "Mod" }],
  };
}

function detailsOf(path: string): Map<string, Details> {
  const database = new Libsql(path, { readonly: true });
  const rows: unknown[] = database
    .prepare(
      `SELECT CAST(m.id AS TEXT) AS id, m.name AS title, m.size, m.description,
              coalesce((SELECT game_id FROM unity_games_mods u WHERE u.mod_id = m.id ORDER BY u.rowid LIMIT 1), 4000) AS app,
              CAST(strftime('%s', m.date_creation) AS INTEGER) AS created, CAST(strftime('%s', m.date_update) AS INTEGER) AS updated
         FROM mods m`,
    )
    .all();
  database.close();
  return new Map(rows.map(toDetails));
}

type Known = {
  id: string;
  title: string;
  size: number;
  description: string;
  app: number;
  created: number;
  updated: number;
};

function toDetails(row: unknown): [string, Details] {
  const { created, updated, description, ...facts } = asKnown(row);
  const details = { ...item(facts), description, time_created: created, time_updated: updated };
  return [facts.id, { ...details, hcontent_file: String(updated) }];
}

/** Holds because the query above names these columns. */
function asKnown(row: unknown): Known {
  return row as Known;
}
