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

/** A stored account, with its text: whoever replaces it says which one it saw. */
export type KnownNetwork = { state: NetworkState; text: string };

/** What Valve thinks of each public address, across restarts (P8). */
export interface NetworkStore {
  find(networks: readonly string[]): Promise<Map<string, KnownNetwork>>;
  /** Addresses that changed since, for the rule about the whole fleet. */
  changedSince(time: number): Promise<NetworkState[]>;
  /** Whatever was there before: for a throttle, which counts more than anything. */
  save(network: string, state: NetworkState): Statement;
  /**
   * Takes one run, for the transaction of the claim that needs it. `refilled` is written only over the account it was
   * made from; the run is taken from the account as it is then, and a constraint breaks when it gives none: neither two
   * claims, nor two gateways, nor a throttle meanwhile get the address more runs than it has.
   */
  takeRun(network: string, account: { seen: KnownNetwork | null; refilled: NetworkState; now: number }): Statement[];
}

const REFILL = `
  INSERT INTO networks (network, state, updated_at) VALUES (:network, :refilled, :now)
  ON CONFLICT (network) DO UPDATE SET state = excluded.state, updated_at = excluded.updated_at WHERE networks.state = :seen`;

// A text that is no JSON breaks the table's CHECK.
const TAKE = `
  UPDATE networks SET updated_at = :now, state =
    CASE WHEN json_extract(state, '$.tokens') >= 1 AND json_extract(state, '$.blockedUntil') <= :now
         THEN json_set(state, '$.tokens', json_extract(state, '$.tokens') - 1)
         ELSE 'no run left' END
   WHERE network = :network`;

export function createNetworkStore(database: Database): NetworkStore {
  return {
    async find(networks) {
      const sql = "SELECT network, state FROM networks WHERE network IN (SELECT value FROM json_each(:networks))";
      const rows = await database.read({ sql, args: { networks: JSON.stringify(networks) } });
      return new Map(rows.map((row) => [String(row["network"]), known(row["state"])]));
    },
    async changedSince(time) {
      const sql = "SELECT state FROM networks WHERE updated_at >= :time LIMIT 10000";
      return (await database.read({ sql, args: { time } })).map((row) => known(row["state"]).state);
    },
    save: (network, state) => ({
      sql: `INSERT INTO networks (network, state, updated_at) VALUES (:network, :state, :at)
            ON CONFLICT (network) DO UPDATE SET state = excluded.state, updated_at = excluded.updated_at`,
      args: { network, state: JSON.stringify(state), at: Math.round(state.at) },
    }),
    takeRun: (network, { seen, refilled, now }) => [
      { sql: REFILL, args: { network, refilled: JSON.stringify(refilled), seen: seen?.text ?? null, now } },
      { sql: TAKE, args: { network, now } },
    ],
  };
}

function known(value: unknown): KnownNetwork {
  const text = String(value);
  return { state: State.parse(JSON.parse(text)), text };
}
