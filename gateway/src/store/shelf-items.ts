import { z } from "zod";
import type { Database } from "./database.ts";
import type { ShelfStore } from "./shelf.ts";
import { SHELF_MOD_COLUMNS, toShelfMod } from "./shelf-row.ts";
import { anyOf, toId } from "./shelf-value.ts";

type ItemReads = Pick<ShelfStore, "findShelfMod" | "conditions" | "dependencies">;

const ConditionRow = z.object({ id: z.string(), condition: z.literal([0, 1, 2]) });

/** Reads of single mods. */
export function createShelfItems(database: Database): ItemReads {
  return {
    async findShelfMod(id) {
      const [row] = await database.read({
        sql: `SELECT ${SHELF_MOD_COLUMNS} FROM mods m WHERE m.id = :id AND m.condition IS NOT NULL`,
        args: { id: toId(id) },
      });
      return row ? toShelfMod(row) : null;
    },
    async conditions(ids) {
      const asked = anyOf("m.id", ids, "id");
      if (ids.length === 0 || asked === null) return [];
      const rows = await database.read({
        sql: `SELECT CAST(m.id AS TEXT) AS id, m.condition FROM mods m
               WHERE ${asked.sql} AND m.condition IS NOT NULL ORDER BY m.id`,
        args: asked.args,
      });
      return rows.map((row) => ConditionRow.parse(row));
    },
    async dependencies(id, limit) {
      const args = { mod: toId(id), limit };
      const [counted, rows] = await Promise.all([
        database.read({ sql: "SELECT count(*) AS n FROM mod_dependencies WHERE mod_id = :mod", args }),
        database.read({
          sql: `SELECT CAST(dependency_id AS TEXT) AS id FROM mod_dependencies d WHERE mod_id = :mod ORDER BY d.id LIMIT :limit`,
          args,
        }),
      ]);
      return { total: Number(counted[0]?.["n"]), ids: rows.map((row) => String(row["id"])) };
    },
  };
}
