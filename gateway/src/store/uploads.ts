import { AgentId, ByteCount, Epoch, JobId, Sha256, UploadId } from "@modfleet/protocol";
import { z } from "zod";
import type { Database } from "./database.ts";

/** One archive on its way, for one try of one job. Its bytes lie in the blob store under `id`. */
export type Upload = {
  id: UploadId;
  job: JobId;
  epoch: number;
  agent: AgentId;
  bytes: number;
  /** What the agent says the whole file hashes to; believed only after verification. */
  sha256: Sha256;
  partBytes: number;
  state: "open" | "complete";
  createdAt: number;
};

export interface UploadStore {
  find(id: UploadId): Promise<Upload | null>;
  /** The upload of this content for this try of this job. */
  findFor(key: { job: JobId; epoch: number; sha256: Sha256 }): Promise<Upload | null>;
  /** Inserts `upload`, or gives the one that already stands for the same job, epoch and content. */
  insertOrFind(upload: Upload): Promise<Upload>;
  /** Parts whose bytes are durable, with their SHA-256. */
  storedParts(id: UploadId): Promise<ReadonlyMap<number, Sha256>>;
  /** Records a durable part; false when the upload is gone or closed. */
  addPart(id: UploadId, n: number, sha256: Sha256): Promise<boolean>;
  /** Forgets a part before its bytes are written anew; false when the upload is closed and its bytes must stay. */
  forgetPart(id: UploadId, n: number): Promise<boolean>;
  /** Starts again with no part, for an upload whose file was lost. */
  reopen(id: UploadId): Promise<void>;
  /** Closes the upload if all its parts are recorded at that moment; false otherwise. Repeating it is harmless. */
  completeWhole(id: UploadId): Promise<boolean>;
  /** Closes the upload whatever parts it has, for content that is stored already; false when it is gone. */
  complete(id: UploadId): Promise<boolean>;
  /** Uploads of other content for the same try. */
  othersOf(key: { job: JobId; epoch: number; sha256: Sha256 }): Promise<UploadId[]>;
  /** Removes the row and its parts. */
  remove(id: UploadId): Promise<void>;
  /** Whether a running job still needs this upload: it is leased under its epoch, or verifies this very upload. */
  isWanted(id: UploadId): Promise<boolean>;
  /** Whether such an upload has this content, so that its blob must stay although no version names it yet. */
  isContentWanted(sha256: Sha256): Promise<boolean>;
  /** Removes the rows, parts included, that were made before then and that no running job needs; how many. */
  forget(createdBefore: number): Promise<number>;
}

const Row = z
  .object({
    id: UploadId,
    job_id: JobId,
    epoch: Epoch,
    agent_id: AgentId,
    bytes: ByteCount,
    sha256: Sha256,
    part_bytes: ByteCount.min(1),
    state: z.enum(["open", "complete"]),
    created_at: z.int(),
  })
  .transform(
    ({ id, job_id: job, epoch, agent_id: agent, bytes, sha256, part_bytes: partBytes, state, created_at }): Upload => ({
      ...{ id, job, epoch, agent, bytes, sha256, partBytes, state },
      createdAt: created_at,
    }),
  );
const PartRow = z.object({ n: z.int().min(1), sha256: Sha256 });

/** SQL for "a running job needs the upload `u`". */
const WANTED = `EXISTS (
  SELECT 1 FROM jobs j
   WHERE j.id = u.job_id AND j.epoch = u.epoch
     AND ((j.state = 'leased' AND j.lease_agent = u.agent_id)
       OR (j.state = 'verifying' AND json_extract(j.result, '$.upload') = u.id)))`;

/** Uploads and their parts in SQL. Everything that was answered is durable. */
export function createUploadStore(database: Database): UploadStore {
  return { ...uploadRows(database), ...stateRows(database), ...partRows(database), ...wantedRows(database) };
}

function uploadRows(
  database: Database,
): Pick<UploadStore, "find" | "findFor" | "insertOrFind" | "othersOf" | "remove"> {
  const findFor: UploadStore["findFor"] = async ({ job, epoch, sha256 }) => {
    const [row] = await database.read({
      sql: "SELECT * FROM uploads WHERE job_id = :job AND epoch = :epoch AND sha256 = :sha256",
      args: { job, epoch, sha256 },
    });
    return row === undefined ? null : Row.parse(row);
  };
  return {
    findFor,
    async find(id) {
      const [row] = await database.read({ sql: "SELECT * FROM uploads WHERE id = :id", args: { id } });
      return row === undefined ? null : Row.parse(row);
    },
    async insertOrFind(upload) {
      const { id, job, epoch, agent, bytes, sha256, partBytes, state, createdAt } = upload;
      await database.write({
        sql: `INSERT INTO uploads (id, job_id, epoch, agent_id, bytes, sha256, part_bytes, state, created_at)
              VALUES (:id, :job, :epoch, :agent, :bytes, :sha256, :partBytes, :state, :createdAt)
              ON CONFLICT (job_id, epoch, sha256) DO NOTHING`,
        args: { id, job, epoch, agent, bytes, sha256, partBytes, state, createdAt },
      });
      const row = await findFor(upload);
      if (row === null) throw new Error(`Cannot find the upload just inserted: ${id}`);
      return row;
    },
    async othersOf({ job, epoch, sha256 }) {
      const rows = await database.read({
        sql: "SELECT id FROM uploads WHERE job_id = :job AND epoch = :epoch AND sha256 <> :sha256",
        args: { job, epoch, sha256 },
      });
      return rows.map((row) => UploadId.parse(row["id"]));
    },
    async remove(id) {
      await database.write({ sql: "DELETE FROM uploads WHERE id = :id", args: { id } });
    },
  };
}

function stateRows(database: Database): Pick<UploadStore, "reopen" | "completeWhole" | "complete"> {
  const close = async (id: UploadId, guard: string): Promise<boolean> => {
    const sql = `UPDATE uploads SET state = 'complete' WHERE id = :id AND (${guard}) RETURNING id`;
    return (await database.write({ sql, args: { id } })).length === 1;
  };
  return {
    async reopen(id) {
      await database.batch([
        { sql: "DELETE FROM parts WHERE upload_id = :id", args: { id } },
        { sql: "UPDATE uploads SET state = 'open' WHERE id = :id", args: { id } },
      ]);
    },
    completeWhole: (id) =>
      close(
        id,
        `state = 'complete'
         OR (SELECT count(*) FROM parts WHERE upload_id = :id) = (bytes + part_bytes - 1) / part_bytes`,
      ),
    complete: (id) => close(id, "TRUE"),
  };
}

function partRows(database: Database): Pick<UploadStore, "storedParts" | "addPart" | "forgetPart"> {
  return {
    async storedParts(id) {
      const rows = await database.read({ sql: "SELECT n, sha256 FROM parts WHERE upload_id = :id", args: { id } });
      return new Map(rows.map((row) => PartRow.parse(row)).map(({ n, sha256 }) => [n, sha256]));
    },
    async addPart(id, n, sha256) {
      const rows = await database.write({
        sql: `INSERT INTO parts (upload_id, n, sha256)
              SELECT id, :n, :sha256 FROM uploads WHERE id = :id AND state = 'open'
              ON CONFLICT (upload_id, n) DO UPDATE SET sha256 = excluded.sha256
              RETURNING n`,
        args: { id, n, sha256 },
      });
      return rows.length === 1;
    },
    async forgetPart(id, n) {
      const rows = await database.write({
        sql: `DELETE FROM parts WHERE upload_id = :id AND n = :n
                 AND EXISTS (SELECT 1 FROM uploads WHERE id = :id AND state = 'open')
              RETURNING n`,
        args: { id, n },
      });
      return rows.length === 1;
    },
  };
}

function wantedRows(database: Database): Pick<UploadStore, "isWanted" | "isContentWanted" | "forget"> {
  const isAny = async (column: "id" | "sha256", value: string): Promise<boolean> => {
    const sql = `SELECT 1 AS wanted FROM uploads u WHERE u.${column} = :value AND ${WANTED} LIMIT 1`;
    return (await database.read({ sql, args: { value } })).length > 0;
  };
  return {
    isWanted: (id) => isAny("id", id),
    isContentWanted: (sha256) => isAny("sha256", sha256),
    async forget(createdBefore) {
      const rows = await database.write({
        sql: `DELETE FROM uploads AS u WHERE u.created_at < :createdBefore AND NOT ${WANTED} RETURNING id`,
        args: { createdBefore },
      });
      return rows.length;
    },
  };
}
