import type { Database } from "./database.ts";
import type { Sql } from "./shelf-value.ts";

/** Ids of mods among which all are that pass a filter, how many they are, and the condition that they all pass. */
export type Candidates = { ids: Sql; mods: number; implies?: string };

/** SQLite refuses longer patterns with an error. */
const LIKE_BYTES_MAX = 50_000;
/** FTS5's trigram index finds nothing shorter. */
const TRIGRAM = 3;
const PHRASE_CHARACTERS_MAX = 50;
// Long names are not searched whole, so they are candidates in any case.
const LONG_NAMES = "SELECT id FROM mods INDEXED BY shelf_long_names WHERE condition IS NOT NULL AND length(name) > 250";
const FOUND = `
  SELECT rowid AS id FROM mods_search WHERE mods_search MATCH :phrase AND rowid NOT IN (${LONG_NAMES})
  UNION ALL ${LONG_NAMES}`;
// Wildcards, and the one letter whose lower case depends on its neighbours.
const UNSEARCHABLE = /[%_Σ]/;

/** `column` holds `part` by SQL's LIKE, with the wildcards in it; null when nothing can. An empty part is in everything. */
export function nameLike(column: string, part: string): Sql | null {
  if (part === "") return { sql: "TRUE", args: {} };
  const pattern = `%${part}%`;
  if (!pattern.isWellFormed() || Buffer.byteLength(pattern) > LIKE_BYTES_MAX) return null;
  return { sql: `${column} LIKE :name`, args: { name: pattern } };
}

/** What the search index finds for the longest part without wildcards; null when it has none, or finds more than `most`. */
export async function nameCandidates(database: Database, part: string, most: number): Promise<Candidates | null> {
  // A pattern ends at its first NUL.
  const characters = longestRun(part.split("\0", 1)[0] ?? "");
  if (characters.length < TRIGRAM) return null;
  const phrase = `"${characters.join("").toLowerCase().replaceAll('"', '""')}"`;
  const [row] = await database.read({
    sql: `SELECT count(*) AS n FROM (${FOUND} LIMIT :most)`,
    args: { phrase, most: most + 1 },
  });
  const mods = Number(row?.["n"]);
  return mods > most ? null : { ids: { sql: FOUND, args: { phrase } }, mods };
}

function longestRun(part: string): string[] {
  const runs = part.split(UNSEARCHABLE).map((run) => [...run].slice(0, PHRASE_CHARACTERS_MAX));
  return runs.reduce((longest, run) => (run.length > longest.length ? run : longest), []);
}
