import { AgentId, type SourceKind } from "@modfleet/protocol";
import { z } from "zod";
import type { Agent, Connected } from "../domain/agent.ts";
import type { Database, Row, Statement } from "./database.ts";

export type NewInvite = {
  /** SHA-256 of the token in hexadecimal. */
  hash: string;
  uses: number;
  createdAt: number;
  expiresAt: number;
};

export type AgentStatus = Pick<Agent, "id" | "status">;

/** An agent that was heard, and what it can fetch. */
export type Heard = Pick<Connected, "agent" | "engines">;

/** Agents and the invitations they enrol with. */
export interface AgentStore {
  find(id: AgentId): Promise<Agent | null>;
  findByKey(publicKey: string): Promise<Agent | null>;
  /** Oldest first. */
  list(): Promise<Agent[]>;
  /** The agents of `ids` that exist, with their status now. */
  statuses(ids: readonly AgentId[]): Promise<AgentStatus[]>;
  /** Whether any agent that may work and can fetch this kind was heard since `time`, by this gateway or another one. */
  anySeenSince(time: number, kind: SourceKind): Promise<boolean>;
  /** Null when an agent with this key is enrolled already. */
  insert(agent: Agent): Promise<Agent | null>;
  /** Takes one use of the invitation and enrols, or neither: null when it has none left, is too old or the key is known. */
  insertInvited(agent: Agent, inviteHash: string): Promise<Agent | null>;
  /** The agent as it is then; null when there is none. */
  setStatus(id: AgentId, status: Agent["status"]): Promise<Agent | null>;
  touch(heard: readonly Heard[], seenAt: number): Promise<void>;
  addInvite(invite: NewInvite): Promise<void>;
}

const AgentRow = z
  .object({
    id: AgentId,
    name: z.string(),
    public_key: z.string(),
    status: z.enum(["trusted", "probation", "revoked"]),
    enrolled_at: z.int(),
    last_seen_at: z.int().nullable(),
  })
  .transform(
    (row): Agent => ({
      id: row.id,
      name: row.name,
      publicKey: row.public_key,
      status: row.status,
      enrolledAt: row.enrolled_at,
      lastSeenAt: row.last_seen_at,
    }),
  );
const StatusRow = z.object({ id: AgentId, status: z.enum(["trusted", "probation", "revoked"]) });

/** The agents and invites tables of `database`. */
export function createAgentStore(database: Database): AgentStore {
  const one = (rows: readonly Row[]): Agent | null => (rows[0] === undefined ? null : AgentRow.parse(rows[0]));

  return {
    async find(id) {
      return one(await database.read({ sql: "SELECT * FROM agents WHERE id = :id", args: { id } }));
    },
    async findByKey(key) {
      return one(await database.read({ sql: "SELECT * FROM agents WHERE public_key = :key", args: { key } }));
    },
    async list() {
      const rows = await database.read({ sql: "SELECT * FROM agents ORDER BY enrolled_at, id" });
      return rows.map((row) => AgentRow.parse(row));
    },
    async statuses(ids) {
      const rows = await database.read({ sql: `SELECT id, status FROM agents WHERE ${AMONG}`, args: among(ids) });
      return rows.map((row) => StatusRow.parse(row));
    },
    async anySeenSince(time, kind) {
      return (await database.read({ sql: ANY_SEEN, args: { time, kind } })).length > 0;
    },
    async insert(agent) {
      const { sql, args } = insertion(agent);
      return one(await database.write({ sql: `${sql} ON CONFLICT (public_key) DO NOTHING RETURNING *`, args }));
    },
    async insertInvited(agent, inviteHash) {
      const { sql, args } = insertion(agent);
      const rows = await database.compareAndSet(useInvite(agent, inviteHash), [{ sql: `${sql} RETURNING *`, args }]);
      return rows === null ? null : one(rows[1] ?? []);
    },
    async setStatus(id, status) {
      const sql = "UPDATE agents SET status = :status WHERE id = :id RETURNING *";
      return one(await database.write({ sql, args: { id, status } }));
    },
    async touch(heard, seenAt) {
      const rows = JSON.stringify(heard.map(({ agent, engines }) => [agent, engines]));
      await database.write({ sql: TOUCH, args: { heard: rows, seenAt } });
    },
    async addInvite({ hash, uses, createdAt, expiresAt }) {
      const sql = `INSERT INTO invites (hash, uses_left, created_at, expires_at)
                   VALUES (:hash, :uses, :createdAt, :expiresAt)`;
      await database.write({ sql, args: { hash, uses, createdAt, expiresAt } });
    },
  };
}

// Agents that were not heard since engines are written down were all made for Steam.
const ANY_SEEN = `
  SELECT 1 FROM agents WHERE last_seen_at >= :time AND status <> 'revoked'
     AND EXISTS (SELECT 1 FROM json_each(coalesce(engines, '["workshop"]')) WHERE value = :kind) LIMIT 1`;

const TOUCH = `
  UPDATE agents SET last_seen_at = :seenAt, engines = heard.value ->> 1 FROM json_each(:heard) AS heard
   WHERE agents.id = heard.value ->> 0`;

const AMONG = "id IN (SELECT value FROM json_each(:ids))";
const among = (ids: readonly AgentId[]) => ({ ids: JSON.stringify(ids) });

function insertion(agent: Agent): { sql: string; args: Record<string, string | number | null> } {
  const { id, name, publicKey, status, enrolledAt, lastSeenAt } = agent;
  return {
    sql: `INSERT INTO agents (id, name, public_key, status, enrolled_at, last_seen_at)
          VALUES (:id, :name, :publicKey, :status, :enrolledAt, :lastSeenAt)`,
    args: { id, name, publicKey, status, enrolledAt, lastSeenAt },
  };
}

/** The enrolled key is asked for here too: a repeated enrolment must not cost a second use. */
function useInvite({ publicKey, enrolledAt }: Agent, hash: string): Statement {
  return {
    sql: `UPDATE invites SET uses_left = uses_left - 1
           WHERE hash = :hash AND uses_left > 0 AND expires_at > :enrolledAt
             AND NOT EXISTS (SELECT 1 FROM agents WHERE public_key = :publicKey)
          RETURNING uses_left`,
    args: { hash, enrolledAt, publicKey },
  };
}
