import type { Database, Row } from "./database.ts";
import type { FilterValue } from "./shelf.ts";
import type { Candidates } from "./shelf-name.ts";
import type { Sql } from "./shelf-value.ts";
import { isStorable } from "./shelf-value.ts";

/** Tags and games that a mod `m` must all have. `narrowest` are the mods with the rarest of them. */
export type Links = { conditions: Sql[]; narrowest: Candidates | null };

type Kind = { name: "tag" | "game"; known: string };

const TAG: Kind = { name: "tag", known: "tags WHERE listed = 1" };
const GAME: Kind = { name: "game", known: "games WHERE listed = 1 AND facts_at IS NOT NULL" };

/** Finds out which tags and games are meant; null when one of them is not on the shelf, so that no mod has it. */
export async function resolveLinks(
  database: Database,
  { tags, games }: { tags: readonly FilterValue[]; games: readonly FilterValue[] },
): Promise<Links | null> {
  const asked = [...tags.map((value) => ({ kind: TAG, value })), ...games.map((value) => ({ kind: GAME, value }))];
  if (asked.length === 0) return { conditions: [], narrowest: null };
  if (!asked.every(({ value }) => isStorable(value))) return null;
  const selects = asked.map(
    ({ kind }, i) => `SELECT '${kind.name}' AS kind, id, mods_count FROM ${kind.known} AND id = :v${i}`,
  );
  const rows = await database.read({
    sql: selects.join(" UNION ALL "),
    args: Object.fromEntries(asked.map(({ value }, i) => [`v${i}`, value])),
  });
  if (rows.length < asked.length) return null;
  const links = rows.map(toLink);
  const [narrowest = null] = links.map(({ candidates }) => candidates).sort((a, b) => a.mods - b.mods);
  // An id that is repeated is the same condition.
  const conditions = new Map(links.map(({ condition }) => [condition.sql, condition]));
  return { conditions: [...conditions.values()], narrowest };
}

function toLink(row: Row): { condition: Sql; candidates: Candidates } {
  const kind = row["kind"] === "tag" ? "tag" : "game";
  const arg = `${kind}${row["id"]}`.replace("-", "_");
  const args = { [arg]: row["id"] ?? null };
  const links = `FROM mod_${kind}s WHERE ${kind}_id = :${arg}`;
  const implies = `EXISTS (SELECT 1 ${links} AND mod_id = m.id)`;
  return {
    condition: { sql: implies, args },
    candidates: { ids: { sql: `SELECT mod_id AS id ${links}`, args }, mods: Number(row["mods_count"]), implies },
  };
}
