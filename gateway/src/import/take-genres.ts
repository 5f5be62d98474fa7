import { z } from "zod";
import { GivenText, numberCell, OwnId, textCell } from "./cells.ts";
import { type Taking, takeRows } from "./take-rows.ts";
import { type Writing, writeRows } from "./write-rows.ts";

const GenreRow = z.object({ id: OwnId, name: GivenText });

const WRITING: Writing = {
  keys: ["id"],
  known: "SELECT count(*) AS n FROM genres WHERE id IN (SELECT value ->> 'id' FROM json_each(:keys))",
  write: `INSERT INTO genres (id, name) SELECT value ->> 'id', value ->> 'name' FROM json_each(:rows) WHERE TRUE
          ON CONFLICT DO NOTHING`,
};

/** Genres by Steam's ids; those here keep their names. */
export async function takeGenres(taking: Taking): Promise<void> {
  await takeRows(taking, {
    sql: `SELECT rowid AS at, ${numberCell("id")}, ${textCell("name")} FROM genres ORDER BY rowid`,
    schema: GenreRow,
    write: (genres) => writeRows(taking, WRITING, genres),
  });
}
