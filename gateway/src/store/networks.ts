import { z } from "zod";
import type { NetworkState } from "../domain/manners.ts";
import type { Database, Statement } from "./database.ts";

const State = z.object({
  tokens: z.number(),
  at: z.number(),
  halvings: z.number(),
  cleanSince: z.number(),
  throttles: z.number(),
  lastThrottleAt: z.number().nullable(),
  blockedUntil: z.number(),
});

/** What Valve thinks of each public address, across restarts (P8). */
export interface NetworkStore {
  find(networks: readonly string[]): Promise<Map<string, NetworkState>>;
  /** Addresses that changed since, for the rule about the whole fleet. */
  changedSince(time: number): Promise<NetworkState[]>;
  /** To be written in the same transaction as the claim that took a run. */
  save(network: string, state: NetworkState): Statement;
}

export function createNetworkStore(database: Database): NetworkStore {
  return {
    async find(networks) {
      const sql = "SELECT network, state FROM networks WHERE network IN (SELECT value FROM json_each(:networks))";
      const rows = await database.read({ sql, args: { networks: JSON.stringify(networks) } });
      return new Map(rows.map((row) => [String(row["network"]), readState(row["state"])]));
    },
    async changedSince(time) {
      const sql = "SELECT state FROM networks WHERE updated_at >= :time LIMIT 10000";
      return (await database.read({ sql, args: { time } })).map((row) => readState(row["state"]));
    },
    save: (network, state) => ({
      sql: `INSERT INTO networks (network, state, updated_at) VALUES (:network, :state, :at)
            ON CONFLICT (network) DO UPDATE SET state = excluded.state, updated_at = excluded.updated_at`,
      args: { network, state: JSON.stringify(state), at: Math.round(state.at) },
    }),
  };
}

function readState(value: unknown): NetworkState {
  return State.parse(JSON.parse(String(value)));
}
