import type { ModId } from "@modfleet/protocol";
import { z } from "zod";
import type { Deps } from "../deps.ts";
import { ModNumber, numberCell, OwnId, Text, Time, textCell } from "./cells.ts";
import { tally } from "./report.ts";
import { isUnfinished } from "./take-mods.ts";
import { type Taking, takeRows } from "./take-rows.ts";

const REQUESTER = "import";

const SQL = `SELECT m.id AS at, ${numberCell("m.id")}, ${numberCell("m.condition")}, b.game, ${textCell("m.source")}, ${textCell("m.date_update")}
               FROM mods m LEFT JOIN bindings b ON b.mod = m.id WHERE m.condition = 2 ORDER BY m.id`;

const UnfinishedRow = z.object({
  id: ModNumber,
  condition: z.unknown(),
  game: OwnId.nullable(),
  source: Text,
  date_update: Time,
});
type UnfinishedRow = z.infer<typeof UnfinishedRow>;

const Ids = z.array(z.object({ id: z.string() }));

/** Asks for what PyTorrent was fetching when its files were copied, once: a mod that ever had a job or version has none made. */
export async function queueUnfinished(taking: Taking, { jobs, newId }: Pick<Deps, "jobs" | "newId">): Promise<void> {
  const { database, section, now } = taking;
  const insert = async ({ id, game, date_update }: UnfinishedRow): Promise<void> => {
    if (game === null || date_update === null) return;
    const item = String(id);
    await jobs.insertOrJoin({
      id: newId("job"),
      mod: item,
      source: { kind: "workshop", app: game, item },
      version: String(Math.floor(date_update.ms / 1_000)),
      expectedBytes: null,
      requester: REQUESTER,
      requestedAt: now,
    });
    section.taken += 1;
  };

  await takeRows(taking, {
    sql: SQL,
    // What is wrong with a row was told where the mods were taken.
    schema: UnfinishedRow,
    write: async (rows) => {
      const wanted = rows.filter(isUnfinished);
      for (const { id } of rows.filter((row) => !isUnfinished(row)))
        tally(section.skipped, "it was being fetched and cannot be fetched here", id);
      const ids = JSON.stringify(wanted.map(({ id }) => String(id)));
      const found = await database.read({ sql: WITHOUT_JOB, args: { ids } });
      const free = new Set<ModId>(Ids.parse(found).map(({ id }) => id));
      section.here += wanted.length - free.size;
      await Promise.all(wanted.filter(({ id }) => free.has(String(id))).map(insert));
    },
  });
}

const WITHOUT_JOB = `
  SELECT CAST(id AS TEXT) AS id FROM mods
   WHERE id IN (SELECT CAST(value AS INTEGER) FROM json_each(:ids)) AND current_key IS NULL
     AND NOT EXISTS (SELECT 1 FROM jobs WHERE mod_id = mods.id)`;
