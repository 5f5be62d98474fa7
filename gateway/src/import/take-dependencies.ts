import { z } from "zod";
import { ModNumber, numberCell } from "./cells.ts";
import { type Taking, takeRows } from "./take-rows.ts";
import { writeBelongings } from "./write-rows.ts";

const MOD = "CAST(l.value ->> 'mod' AS INTEGER)";

// Pairs may be there twice, and either side may be unknown: PyTorrent showed them so.
const WRITING = {
  write: `INSERT INTO mod_dependencies (mod_id, dependency_id)
          SELECT ${MOD}, CAST(l.value ->> 'needs' AS INTEGER) FROM json_each(:rows) l
           WHERE NOT EXISTS (SELECT 1 FROM mod_dependencies WHERE mod_id = ${MOD}) ORDER BY l.key`,
};

/** What mods need, in the order in which it was learned. A mod that has some here keeps those alone. */
export async function takeDependencies(taking: Taking): Promise<void> {
  await takeRows(taking, {
    sql: `SELECT rowid AS at, ${numberCell("mod_id", "mod")}, ${numberCell("dependence", "needs")}
            FROM unity_mods_dependencies ORDER BY mod_id, rowid`,
    schema: z.object({ mod: ModNumber, needs: ModNumber }),
    groupOf: ({ mod }) => mod,
    write: (pairs) =>
      writeBelongings(
        taking,
        WRITING,
        pairs.map(({ mod, needs }) => ({ mod: String(mod), needs: String(needs) })),
      ),
  });
}
