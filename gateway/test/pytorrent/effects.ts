import type { Database, Row } from "../../src/store/database.ts";
import type { Effects } from "./recorded.ts";

type Records = Readonly<Record<string, Readonly<Record<string, unknown>>>>;
type Counts = Readonly<Record<string, number>>;

/** All that a request may change, in PyTorrent's words. */
export type Snapshot = {
  hour: Counts;
  day: Counts;
  processing: readonly string[];
  mods: Records;
  games: Records;
  rows: Counts;
};

// Dates as PyTorrent's database has them, microseconds and all.
const date = (at: string, micros: string): string =>
  `strftime('%Y-%m-%d %H:%M:%S.', ${at} / 1000, 'unixepoch') || printf('%03d%03d', ${at} % 1000, ${micros})`;

const MODS = `
  SELECT CAST(id AS TEXT) AS id, name, size_bytes AS size, condition, origin AS source, downloads,
         ${date("created_at", "created_micros")} AS date_creation, ${date("updated_at", "updated_micros")} AS date_update,
         ${date("requested_at", "requested_micros")} AS date_request
    FROM mods WHERE condition IS NOT NULL`;

const GAMES = `
  SELECT id, name, mods_downloads, fetched_mods AS mods_count FROM games WHERE listed = 1 AND facts_at IS NOT NULL`;

const ROWS = `
  SELECT (SELECT count(*) FROM tags WHERE listed = 1) AS tags,
         (SELECT count(*) FROM genres) AS genres,
         (SELECT count(*) FROM game_genres) AS unity_games_genres,
         (SELECT count(*) FROM game_tags WHERE listed = 1) AS unity_allowed_mods_tags,
         (SELECT count(*) FROM mod_tags t JOIN mods m ON m.id = t.mod_id WHERE m.condition IS NOT NULL) AS unity_mods_tags,
         (SELECT count(*) FROM mod_games g JOIN mods m ON m.id = g.mod_id WHERE m.condition IS NOT NULL) AS unity_games_mods,
         (SELECT count(*) FROM mod_dependencies) AS unity_mods_dependencies,
         (SELECT count(*) FROM media) AS resources_mods`;

export async function snapshot(database: Database): Promise<Snapshot> {
  const rows = async (sql: string): Promise<Row[]> => database.read({ sql });
  const [hour, day, durations, mods, games, [counts]] = await Promise.all([
    rows("SELECT kind, sum(count) AS n FROM counters_hour GROUP BY kind"),
    rows("SELECT kind, sum(count) AS n FROM counters_day GROUP BY kind"),
    rows("SELECT kind FROM durations ORDER BY id"),
    rows(MODS),
    rows(GAMES),
    rows(ROWS),
  ]);
  return {
    hour: toCounts(hour),
    day: toCounts(day),
    processing: durations.map(({ kind }) => String(kind)),
    mods: byId(mods),
    games: byId(games),
    rows: Object.fromEntries(Object.entries(counts ?? {}).map(([name, n]) => [name, Number(n)])),
  };
}

function toCounts(rows: readonly Row[]): Counts {
  return Object.fromEntries(rows.map(({ kind, n }) => [String(kind), Number(n)]));
}

function byId(rows: readonly Row[]): Records {
  return Object.fromEntries(rows.map(({ id, ...fields }) => [String(id), fields]));
}

/** What happened between two snapshots, as the recording writes it down. `now` is the clock's time in its form. */
export function effectsBetween(before: Snapshot, after: Snapshot, now: string): Effects & { days: Counts } {
  return {
    stat: growth(before.hour, after.hour),
    days: growth(before.day, after.day),
    processing: after.processing.slice(before.processing.length),
    mods: changes(before.mods, after.mods, now),
    games: changes(before.games, after.games, now),
    rows: growth(before.rows, after.rows),
  };
}

function growth(before: Counts, after: Counts): Record<string, number> {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const grown = names.map((name): [string, number] => [name, (after[name] ?? 0) - (before[name] ?? 0)]);
  return Object.fromEntries(grown.filter(([, n]) => n !== 0));
}

function changes(before: Records, after: Records, now: string): Effects["mods"] {
  const ids = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changed = ids.map((id): [string, Record<string, unknown>] => [id, change(before[id], after[id], now)]);
  return Object.fromEntries(changed.filter(([, fields]) => Object.keys(fields).length > 0));
}

type Fields = Readonly<Record<string, unknown>> | undefined;

function change(before: Fields, after: Fields, now: string): Record<string, unknown> {
  if (before === undefined) return after === undefined ? {} : { added: withNow(after, now) };
  if (after === undefined) return { deleted: true };
  const fields = Object.keys(after).filter((name) => after[name] !== before[name]);
  return Object.fromEntries(fields.map((name) => [name, difference(before[name], after[name], now)]));
}

const withNow = (fields: Readonly<Record<string, unknown>>, now: string): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value === now ? "now" : value]));

function difference(before: unknown, after: unknown, now: string): unknown {
  if (after === now) return "now";
  if (typeof before !== "number" || typeof after !== "number") return after;
  return after > before ? `+${after - before}` : String(after - before);
}
