import type { ModId } from "@modfleet/protocol";
import { z } from "zod";
import { ORIGINS, type Origin } from "../domain/catalogue.ts";
import type { Database, Row } from "./database.ts";
import { FAILED_SINCE_DONE, RUNNING } from "./job-row.ts";
import { toId } from "./shelf-value.ts";

/** One job for a mod, as somebody asked for it. `at` is the time of the request, in milliseconds UTC. */
export type Attempt = {
  app: number | null;
  name: string;
  /** As Steam stated it then, or states it now. */
  sizeBytes: number | null;
  at: number;
  origin: Origin;
};

export type Attempts = {
  /** Whether an archive of it ever came, or was taken over. */
  everCame: boolean;
  /** The oldest of its jobs that still runs. */
  running: Attempt | null;
  /** Final failures since the last success, the oldest first; the newest thousand of them. */
  failed: Attempt[];
};

export interface AttemptStore {
  attempts(id: ModId): Promise<Attempts>;
}

const FAILED_MAX = 1_000;

const READ = `
  SELECT m.shelf_order IS NOT NULL AS ever_came, m.app, m.name, m.origin, coalesce(j.expected_bytes, m.size_bytes) AS size_bytes,
         j.requested_at, j.state
    FROM mods m LEFT JOIN (
      SELECT * FROM jobs
       WHERE mod_id = :mod AND (${RUNNING} OR (${FAILED_SINCE_DONE}))
       ORDER BY requested_at DESC, id DESC LIMIT :limit) j
   WHERE m.id = :mod
   ORDER BY j.requested_at, j.id`;

const Columns = z.object({
  ever_came: z.literal([0, 1]),
  app: z.number().nullable(),
  name: z.string(),
  origin: z.enum(ORIGINS),
  size_bytes: z.number().nullable(),
  requested_at: z.number().nullable(),
  state: z.string().nullable(),
});

/** What was tried for a mod, over one database. It holds no state of its own. */
export function createAttemptStore(database: Database): AttemptStore {
  return {
    async attempts(id) {
      const rows = (await database.read({ sql: READ, args: { mod: toId(id), limit: FAILED_MAX } })).map(toColumns);
      const failed = rows.filter(({ state }) => state === "failed");
      const running = rows.find(({ state }) => state !== null && state !== "failed");
      return {
        everCame: rows[0]?.ever_came === 1,
        running: running === undefined ? null : toAttempt(running),
        failed: failed.map(toAttempt),
      };
    },
  };
}

type Columns = z.infer<typeof Columns>;

const toColumns = (row: Row): Columns => Columns.parse(row);

function toAttempt({ app, name, origin, size_bytes, requested_at }: Columns): Attempt {
  return { app, name, origin, sizeBytes: size_bytes, at: requested_at ?? 0 };
}
