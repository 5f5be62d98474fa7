import { z } from "zod";
import { nameKey } from "../store/name-key.ts";
import { Count, nullsOf, numberCell, OwnId, originOf, Text, Time, textCell } from "./cells.ts";
import { tally } from "./report.ts";
import { type Taking, takeRows } from "./take-rows.ts";
import { type Writing, writeRows } from "./write-rows.ts";

const SQL = `
  SELECT rowid AS at, ${["id", "mods_downloads", "mods_count"].map((column) => numberCell(column)).join(", ")},
         ${["name", "type", "logo", "short_description", "description", "creation_date", "source"].map((column) => textCell(column)).join(", ")}
    FROM games ORDER BY rowid`;

const GameRow = z.object({
  id: OwnId,
  name: Text,
  type: Text,
  logo: Text,
  short_description: Text,
  description: Text,
  mods_downloads: Count,
  mods_count: Count,
  creation_date: Time,
  source: Text,
});
type GameRow = z.infer<typeof GameRow>;

/** Games with their counts. One whose facts are here keeps them; counts grow, and the earlier registration wins. */
export async function takeGames(taking: Taking): Promise<void> {
  const { section, now } = taking;
  await takeRows(taking, {
    sql: SQL,
    schema: GameRow,
    write: async (games) => {
      for (const { id, type } of games)
        if (type !== "game" && type !== "app" && type !== null) tally(section.noted, "an unknown type became app", id);
      await writeRows(
        taking,
        WRITING,
        games.map((game) => toRow(game, now)),
      );
    },
  });
}

function toRow(game: GameRow, now: number): object {
  const { id, ...fields } = game;
  const created = game.creation_date ?? { ms: now, micros: 0 };
  const name = game.name ?? "";
  return {
    ...{ id, name, nameKey: nameKey(name), logo: game.logo, source: originOf(game.source) },
    kind: game.type === "game" || game.type === null ? "game" : "app",
    short: game.short_description ?? "",
    description: game.description ?? "",
    ...{ created: created.ms, micros: created.micros },
    downloads: game.mods_downloads ?? 0,
    mods: game.mods_count ?? 0,
    nulls: nullsOf(fields),
  };
}

const IS_EARLIER = `excluded.created_at * 1000 + excluded.created_micros < games.created_at * 1000 + games.created_micros`;
const fact = (column: string): string => `${column} = iif(games.facts_at IS NULL, excluded.${column}, games.${column})`;

const WRITING: Writing = {
  keys: ["id"],
  known: "SELECT count(*) AS n FROM games WHERE id IN (SELECT value ->> 'id' FROM json_each(:keys))",
  write: `
    INSERT INTO games (id, name, name_key, kind, short_description, description, logo_url, origin, created_at, created_micros,
                       facts_at, mods_downloads, fetched_mods, listed, nulls)
    SELECT value ->> 'id', value ->> 'name', value ->> 'nameKey', value ->> 'kind', value ->> 'short', value ->> 'description',
           value ->> 'logo', value ->> 'source', value ->> 'created', value ->> 'micros', value ->> 'created',
           value ->> 'downloads', value ->> 'mods', 1, value ->> 'nulls'
      FROM json_each(:rows) WHERE TRUE
    ON CONFLICT (id) DO UPDATE SET
      ${["name", "name_key", "kind", "short_description", "description", "logo_url", "origin", "nulls"].map(fact).join(", ")},
      created_at = iif(${IS_EARLIER}, excluded.created_at, games.created_at),
      created_micros = iif(${IS_EARLIER}, excluded.created_micros, games.created_micros),
      facts_at = coalesce(games.facts_at, excluded.facts_at), listed = 1,
      mods_downloads = max(games.mods_downloads, excluded.mods_downloads),
      fetched_mods = max(games.fetched_mods, excluded.fetched_mods)
    WHERE games.facts_at IS NULL OR games.listed = 0 OR excluded.mods_downloads > games.mods_downloads
       OR excluded.fetched_mods > games.fetched_mods OR ${IS_EARLIER}`,
};
