import type { Database } from "./database.ts";
import type { FilterValue } from "./shelf.ts";
import type { Sql } from "./shelf-value.ts";
import { isStorable } from "./shelf-value.ts";

/** Tags and games that a mod must all have. `narrowest` selects the ids of mods with the rarest of them. */
export type Links = { conditions: Sql[]; narrowest: { sql: string; mods: number } | null };

type Kind = { from: string; condition: (arg: string) => string; candidates: (arg: string) => string };

const TAG: Kind = {
  from: "tags WHERE listed = 1",
  condition: (arg) => `EXISTS (SELECT 1 FROM mod_tags WHERE mod_id = m.id AND tag_id = :${arg})`,
  candidates: (arg) => `SELECT mod_id AS id FROM mod_tags WHERE tag_id = :${arg}`,
};
const GAME: Kind = {
  from: "games WHERE listed = 1 AND facts_at IS NOT NULL",
  condition: (arg) => `EXISTS (SELECT 1 FROM mod_games WHERE mod_id = m.id AND game_id = :${arg})`,
  candidates: (arg) => `SELECT mod_id AS id FROM mod_games WHERE game_id = :${arg}`,
};

/** Finds out which tags and games are meant; null when one of them is not there, so that no mod has it. */
export async function resolveLinks(
  database: Database,
  { tags, games }: { tags: readonly FilterValue[]; games: readonly FilterValue[] },
): Promise<Links | null> {
  const asked = [
    ...tags.map((value) => ({ kind: TAG, name: "tag", value })),
    ...games.map((value) => ({ kind: GAME, name: "game", value })),
  ];
  if (asked.length === 0) return { conditions: [], narrowest: null };
  if (!asked.every(({ value }) => isStorable(value))) return null;
  const rows = await database.read({
    sql: asked
      .map(({ kind }, i) => `SELECT ${i} AS i, id, mods_count FROM ${kind.from} AND id = :v${i}`)
      .join(" UNION ALL "),
    args: Object.fromEntries(asked.map(({ value }, i) => [`v${i}`, value])),
  });
  if (rows.length < asked.length) return null;
  return rows.reduce<Links>(
    ({ conditions, narrowest }, row) => {
      const { kind, name } = asked[Number(row["i"])] ?? { kind: TAG, name: "tag" };
      const arg = `${name}${Number(row["id"])}`;
      const mods = Number(row["mods_count"]);
      const condition = { sql: kind.condition(arg), args: { [arg]: row["id"] ?? null } };
      return {
        // Whoever repeats an id asks the same once.
        conditions: conditions.some(({ sql }) => sql === condition.sql) ? conditions : [...conditions, condition],
        narrowest: narrowest !== null && narrowest.mods <= mods ? narrowest : { sql: kind.candidates(arg), mods },
      };
    },
    { conditions: [], narrowest: null },
  );
}
