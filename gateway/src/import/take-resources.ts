import { z } from "zod";
import { GivenText, ModNumber, numberCell, OWN_ID_MAX, OwnId, Time, textCell } from "./cells.ts";
import { type Taking, takeRows } from "./take-rows.ts";
import { writeBelongings } from "./write-rows.ts";

const ResourceRow = z.object({ id: OwnId, owner: ModNumber, type: GivenText, url: GivenText, date_event: Time });

const OWNER = "CAST(l.value ->> 'owner' AS INTEGER)";

// A new id lies behind every id there, so that none of them finds its own taken later on.
const WRITING = {
  write: `
    INSERT INTO media (id, mod_id, kind, url, at, at_micros)
    SELECT iif(EXISTS (SELECT 1 FROM media WHERE id = l.value ->> 'id'),
               (SELECT max(coalesce(max(id), 0), ${OWN_ID_MAX}) FROM media) + 1 + l.key, l.value ->> 'id'),
           ${OWNER}, l.value ->> 'type', l.value ->> 'url', l.value ->> 'ms', l.value ->> 'micros'
      FROM json_each(:rows) l WHERE NOT EXISTS (SELECT 1 FROM media WHERE mod_id = ${OWNER}) ORDER BY l.key`,
};

/** Pictures on the mods' pages, also of mods that are unknown. A mod that has some here keeps those alone. */
export async function takeResources(taking: Taking): Promise<void> {
  await takeRows(taking, {
    sql: `SELECT rowid AS at, ${numberCell("id")}, ${numberCell("owner_id", "owner")},
                 ${["type", "url", "date_event"].map((column) => textCell(column)).join(", ")}
            FROM resources_mods ORDER BY owner_id, rowid`,
    schema: ResourceRow,
    groupOf: ({ owner }) => owner,
    write: (resources) => writeBelongings(taking, WRITING, resources.map(toRow)),
  });
}

function toRow({ id, owner, type, url, date_event }: z.infer<typeof ResourceRow>): object {
  return { id, owner: String(owner), type, url, ms: date_event?.ms ?? 0, micros: date_event?.micros ?? 0 };
}
