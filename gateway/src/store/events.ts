import { z } from "zod";
import type { CatalogueEvent } from "../domain/catalogue.ts";
import { EVENT_TYPES } from "../domain/catalogue.ts";
import type { Database } from "./database.ts";
import { pageLimit } from "./keyset.ts";

export interface EventStore {
  /** Up to `limit` (at most 1,000) events with greater ids than `after`, in order. */
  events(after: number, limit: number): Promise<CatalogueEvent[]>;
}

const EVENTS_MAX = 1_000;

const EventRow = z.object({
  id: z.number(),
  at: z.number(),
  type: z.enum(EVENT_TYPES),
  mod: z.string(),
  version: z.string().nullable(),
});

export function createEventStore(database: Database): EventStore {
  return {
    async events(after, limit) {
      const rows = await database.read({
        sql: `SELECT id, at, type, CAST(mod_id AS TEXT) AS mod, version FROM events
              WHERE id > :after ORDER BY id LIMIT :limit`,
        args: { after, limit: pageLimit(limit, EVENTS_MAX) },
      });
      return rows.map((row) => EventRow.parse(row));
    },
  };
}
