import { z } from "zod";
import { ModNumber, numberCell, OwnId } from "./cells.ts";
import { tally } from "./report.ts";
import { type Taking, takeRows } from "./take-rows.ts";
import type { TagIds } from "./take-tags.ts";
import { type Belonging, writeBelongings } from "./write-rows.ts";

/** A table of pairs. `owner` is the side whose pairs are written together. */
export type LinkTable = {
  table: string;
  owner: readonly [column: string, schema: z.ZodType<number | bigint>];
  other: readonly [column: string, schema: z.ZodType<number | bigint>];
  /** Whether the other side is a tag, whose id may be another one here. */
  isTag?: boolean;
  /** Rows have `at`, `owner` and `other`, the ids as text. */
  writing: Belonging;
};

type Pair = { at: number | bigint; owner: number | bigint; other: number | bigint };

const OWNER = "CAST(l.value ->> 'owner' AS INTEGER)";
const OTHER = "CAST(l.value ->> 'other' AS INTEGER)";

/** A game that is only referred to; Steam is asked about it later. */
const stubs = (side: string): string => `
  INSERT INTO games (id, name, name_key, kind, origin, created_at)
  SELECT DISTINCT ${side}, 'App ' || ${side}, 'app ' || ${side}, 'game', 'steam', :now FROM json_each(:rows) l WHERE TRUE
  ON CONFLICT DO NOTHING`;

/** Pairs of a mod, all of them or none: what a mod has here is newer. */
const ofMods = (table: string, column: string): Pick<Belonging, "orphans" | "write"> => ({
  orphans: `SELECT l.value ->> 'at' AS at FROM json_each(:rows) l
             WHERE NOT EXISTS (SELECT 1 FROM mods WHERE id = ${OWNER})`,
  write: `INSERT INTO ${table} (mod_id, ${column})
          SELECT ${OWNER}, ${OTHER} FROM json_each(:rows) l
           WHERE EXISTS (SELECT 1 FROM mods WHERE id = ${OWNER})
             AND NOT EXISTS (SELECT 1 FROM ${table} WHERE mod_id = ${OWNER})
          ON CONFLICT DO NOTHING`,
});

export const GAME_GENRES: LinkTable = {
  table: "unity_games_genres",
  owner: ["game_id", OwnId],
  other: ["genre_id", OwnId],
  writing: {
    orphans: `SELECT l.value ->> 'at' AS at FROM json_each(:rows) l
               WHERE NOT EXISTS (SELECT 1 FROM games WHERE id = ${OWNER})
                  OR NOT EXISTS (SELECT 1 FROM genres WHERE id = ${OTHER})`,
    write: `INSERT INTO game_genres (game_id, genre_id)
            SELECT games.id, genres.id FROM json_each(:rows) l JOIN games ON games.id = ${OWNER}
              JOIN genres ON genres.id = ${OTHER} WHERE TRUE
            ON CONFLICT DO NOTHING`,
  },
};

/** The tags that PyTorrent lists for a game. */
export const GAME_TAGS: LinkTable = {
  table: "unity_allowed_mods_tags",
  owner: ["game_id", OwnId],
  other: ["tag_id", OwnId],
  isTag: true,
  writing: {
    before: [stubs(OWNER)],
    write: `INSERT INTO game_tags (game_id, tag_id, mods_count, listed)
            SELECT ${OWNER}, ${OTHER}, 0, 1 FROM json_each(:rows) l WHERE TRUE
            ON CONFLICT (game_id, tag_id) DO UPDATE SET listed = 1 WHERE listed = 0`,
  },
};

export const MOD_GAMES: LinkTable = {
  table: "unity_games_mods",
  owner: ["mod_id", ModNumber],
  other: ["game_id", OwnId],
  writing: { ...ofMods("mod_games", "game_id"), before: [stubs(OTHER)] },
};

export const MOD_TAGS: LinkTable = {
  table: "unity_mods_tags",
  owner: ["mod_id", ModNumber],
  other: ["tag_id", OwnId],
  isTag: true,
  writing: ofMods("mod_tags", "tag_id"),
};

/** Takes pairs over. What points nowhere and what is there twice is left out and counted. */
export async function takeLinks(taking: Taking, link: LinkTable, tags: TagIds): Promise<void> {
  const [[owner, ownerSchema], [other, otherSchema]] = [link.owner, link.other];
  await takeRows<Pair>(taking, {
    sql: `SELECT rowid AS at, ${numberCell(owner, "owner")}, ${numberCell(other, "other")}
            FROM ${link.table} ORDER BY ${owner}, rowid`,
    schema: z.object({ at: z.union([z.number(), z.bigint()]), owner: ownerSchema, other: otherSchema }),
    groupOf: (pair) => pair.owner,
    write: (pairs) => {
      const here = link.isTag ? pairs.flatMap((pair) => withTagHere(taking, pair, tags)) : pairs;
      return writeBelongings(taking, link.writing, once(taking, here).map(toRow));
    },
  });
}

const toRow = ({ at, owner, other }: Pair): object => ({ at: String(at), owner: String(owner), other: String(other) });

function withTagHere({ section }: Taking, pair: Pair, tags: TagIds): Pair[] {
  const tag = tags.get(Number(pair.other));
  if (tag !== undefined) return [{ ...pair, other: tag }];
  tally(section.skipped, "its tag is unknown", pair.at);
  return [];
}

function once({ section }: Taking, pairs: readonly Pair[]): Pair[] {
  const seen = new Set<string>();
  return pairs.filter(({ at, owner, other }) => {
    const key = `${owner} ${other}`;
    if (seen.has(key)) tally(section.skipped, "the same pair is there twice", at);
    return seen.size < seen.add(key).size;
  });
}
