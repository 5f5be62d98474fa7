import type { Origin } from "../domain/catalogue.ts";
import type { Database, SqlArgs } from "./database.ts";
import { nameKey } from "./name-key.ts";

/** Which mods. Every condition must hold; what is left out does not restrict. At most 30 tags in all. */
export type ModFilter = {
  /** Part of the name, in any case; the first 200 characters count. */
  q?: string;
  game?: number;
  /** Names of tags a mod must all have, in any case. */
  tags?: readonly string[];
  /** Names of tags a mod must not have, in any case. */
  excludeTags?: readonly string[];
  source?: Origin;
  /** Changed at the source at or after this time (milliseconds UTC). */
  updatedSince?: number;
  /** True: only mods that need others. False: only mods that need none. */
  dependencies?: boolean;
  /** Only mods that can be downloaded at once. */
  onlyWithArchive?: boolean;
};

/** One condition on a mod `m`. `candidates` selects the ids it lets through from an index, where there is one. */
export type Condition = { where: string; args: SqlArgs; candidates?: string };

/**
 * Whether a mod is part of the library: what was asked for from elsewhere than Steam is so once it came. Word for word as in
 * the indexes that lists walk, which have no other rows.
 */
export const LISTED = "(m.source_key IS NULL OR m.current_key IS NOT NULL)";

const Q_CHARACTERS_MAX = 200;
/** FTS5's trigram index finds nothing shorter. */
const TRIGRAM = 3;
const TAGS_MAX = 30;
const SEVERAL_FACTOR = 5;

/** The filter as SQL conditions. */
export function modConditions(filter: ModFilter): Condition[] {
  const tags = (filter.tags?.length ?? 0) + (filter.excludeTags?.length ?? 0);
  if (tags > TAGS_MAX) throw new RangeError(`Could not filter by so many tags: ${tags}`);
  return [
    ...optional(filter.q, nameContains),
    ...optional(filter.game, forGame),
    ...(filter.tags ?? []).map((name, i) => withTag(name, `tag${i}`)),
    ...(filter.excludeTags ?? []).map((name, i) => withoutTag(name, `excluded${i}`)),
    ...optional(filter.source, fromSource),
    ...optional(filter.updatedSince, updatedSince),
    ...optional(filter.dependencies, needingOthers),
    ...(filter.onlyWithArchive ? [WITH_ARCHIVE] : []),
  ];
}

function optional<Value>(value: Value | undefined, toCondition: (value: Value) => Condition): Condition[] {
  return value === undefined || value === "" ? [] : [toCondition(value)];
}

function nameContains(text: string): Condition {
  const q = nameKey([...text].slice(0, Q_CHARACTERS_MAX).join(""));
  const where = "instr(m.name_key, :q) > 0";
  // NUL would end the search expression in its middle.
  if ([...q].length < TRIGRAM || q.includes("\0")) return { where, args: { q } };
  return {
    where,
    candidates: "SELECT rowid AS id FROM mods_search WHERE mods_search MATCH :phrase",
    args: { q, phrase: `"${q.replaceAll('"', '""')}"` },
  };
}

function forGame(game: number): Condition {
  return {
    where: "EXISTS (SELECT 1 FROM mod_games WHERE mod_id = m.id AND game_id = :game)",
    candidates: "SELECT mod_id AS id FROM mod_games WHERE game_id = :game",
    args: { game },
  };
}

function withTag(name: string, arg: string): Condition {
  const tag = `SELECT id FROM tags WHERE name_key = :${arg}`;
  return {
    where: `EXISTS (SELECT 1 FROM mod_tags WHERE mod_id = m.id AND tag_id IN (${tag}))`,
    candidates: `SELECT DISTINCT mod_id AS id FROM mod_tags WHERE tag_id IN (${tag})`,
    args: { [arg]: nameKey(name) },
  };
}

function withoutTag(name: string, arg: string): Condition {
  const { where, args } = withTag(name, arg);
  return { where: `NOT ${where}`, args };
}

function fromSource(origin: Origin): Condition {
  return {
    where: "m.origin = :origin",
    candidates: `SELECT m.id FROM mods m WHERE m.origin = :origin AND ${LISTED}`,
    args: { origin },
  };
}

function updatedSince(since: number): Condition {
  return {
    where: "m.updated_at >= :since",
    candidates: `SELECT m.id FROM mods m WHERE m.updated_at >= :since AND ${LISTED}`,
    args: { since },
  };
}

function needingOthers(isWanted: boolean): Condition {
  const needs = "EXISTS (SELECT 1 FROM mod_dependencies WHERE mod_id = m.id)";
  if (!isWanted) return { where: `NOT ${needs}`, args: {} };
  return { where: needs, candidates: "SELECT DISTINCT mod_id AS id FROM mod_dependencies", args: {} };
}

const WITH_ARCHIVE: Condition = {
  where: "(m.current_key IS NOT NULL OR EXISTS (SELECT 1 FROM imported_archives i WHERE i.mod_id = m.id))",
  candidates: `SELECT m.id FROM mods m WHERE coalesce(m.published_at, 0) > 0 AND ${LISTED}
               UNION SELECT mod_id FROM imported_archives`,
  args: {},
};

/**
 * The narrowest condition's ids as a table `c` joined to `m`, or null when none is narrow enough to be read whole: then
 * it is cheaper to walk a sorted index of all mods. Several conditions may never meet, which would be a long walk.
 */
export async function narrowFrom(
  database: Database,
  conditions: readonly Condition[],
  narrowMax: number,
): Promise<string | null> {
  const probes = conditions.flatMap(({ candidates }) => candidates ?? []);
  if (probes.length === 0) return null;
  const most = conditions.length === 1 ? narrowMax : narrowMax * SEVERAL_FACTOR;
  const counts = probes.map((sql, i) => `SELECT ${i} AS i, count(*) AS n FROM (${sql} LIMIT ${most + 1})`);
  const [least] = await database.read({
    sql: `${counts.join(" UNION ALL ")} ORDER BY n LIMIT 1`,
    args: allArgs(conditions),
  });
  const narrow = Number(least?.["n"]) <= most ? probes[Number(least?.["i"])] : undefined;
  // CROSS JOIN keeps the order in which the tables are written.
  return narrow ? `(${narrow}) c CROSS JOIN mods m ON m.id = c.id` : null;
}

/** Of mods of the library. */
export function allWhere(conditions: readonly Condition[]): string {
  return [LISTED, ...conditions.map(({ where }) => where)].join(" AND ");
}

export function allArgs(conditions: readonly Condition[]): SqlArgs {
  return Object.assign({}, ...conditions.map(({ args }) => args));
}
