import { z } from "zod";
import { nameKey } from "../store/name-key.ts";
import { GivenText, numberCell, OWN_ID_MAX, OwnId, textCell } from "./cells.ts";
import { tally } from "./report.ts";
import { type Taking, takeRows } from "./take-rows.ts";
import { type Writing, writeRows } from "./write-rows.ts";

/** The ids that tags have here, by those they had there. Tags that were not taken are missing. */
export type TagIds = ReadonlyMap<number, number>;

const TagRow = z.object({ id: OwnId, name: GivenText });
type TagRow = z.infer<typeof TagRow>;

/** Tags, with the ids they had where nothing else has them here. Two tags of one name become one. Fills `here`. */
export async function takeTags(taking: Taking, here: Map<number, number>): Promise<void> {
  const firstOf = new Map<string, number>();
  await takeRows(taking, {
    sql: `SELECT rowid AS at, ${numberCell("id")}, ${textCell("name")} FROM tags ORDER BY rowid`,
    schema: TagRow,
    write: async (tags) => {
      await writeRows(taking, WRITING, tags.filter((tag) => isFirst(taking, firstOf, tag)).map(toRow));
      for (const [there, id] of await idsHere(taking, tags)) here.set(there, id);
    },
  });
}

const toRow = ({ id, name }: TagRow): object => ({ id, name, nameKey: nameKey(name) });

function isFirst({ section }: Taking, firstOf: Map<string, number>, { id, name }: TagRow): boolean {
  const first = firstOf.get(name);
  if (first === undefined) firstOf.set(name, id);
  else tally(section.noted, "it has the name of another tag and became one with it", `${id} = ${first}`);
  return first === undefined;
}

const Pairs = z.array(z.object({ there: z.number(), here: z.number() }));

async function idsHere({ database }: Taking, tags: readonly TagRow[]): Promise<[number, number][]> {
  const rows = await database.read({
    sql: `SELECT value ->> 'id' AS there, tags.id AS here FROM json_each(:rows) JOIN tags ON tags.name = value ->> 'name'`,
    args: { rows: JSON.stringify(tags) },
  });
  return Pairs.parse(rows).map(({ there, here }) => [there, here]);
}

// A new id lies behind every id there, so that none of them finds its own taken later on.
const WRITING: Writing = {
  keys: ["name"],
  known: "SELECT count(*) AS n FROM json_each(:keys) JOIN tags ON tags.name = value ->> 'name'",
  write: `
    INSERT INTO tags (id, name, name_key, listed)
    SELECT iif(EXISTS (SELECT 1 FROM tags other WHERE other.id = value ->> 'id' AND other.name <> value ->> 'name'),
               (SELECT max(coalesce(max(id), 0), ${OWN_ID_MAX}) FROM tags) + 1 + key, value ->> 'id'),
           value ->> 'name', value ->> 'nameKey', 1
      FROM json_each(:rows) WHERE TRUE
    ON CONFLICT (name) DO UPDATE SET listed = 1 WHERE tags.listed = 0
    ON CONFLICT DO NOTHING`,
};
