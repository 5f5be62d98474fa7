import type { Client, InStatement, ResultSet } from "@libsql/client";
import { createClient, LibsqlBatchError } from "@libsql/client";
import type { Database, Row, Statement } from "./database.ts";
import { argumentNames, toBound, toRow } from "./sql-value.ts";
import { whileBusy } from "./while-busy.ts";

export type RemoteOptions = {
  /** `http(s)://`, `ws(s)://` or `libsql://` of sqld or Turso. */
  url: string;
  token?: string | null;
  /** How long one call may take, in milliseconds. A write that ran out of time may still happen. */
  timeoutMs?: number;
};

/** A database behind sqld or Turso. Every call is one statement or one batch, so no transaction is ever left open there. */
export function createRemote({ url, token, timeoutMs = 15_000 }: RemoteOptions): Database {
  const client = createClient({
    url,
    intMode: "bigint",
    // Frees the request's place among those at once; the caller has heard of the time-out before.
    fetch: (request: Request) => fetch(request, { signal: AbortSignal.timeout(timeoutMs + 1_000) }),
    ...(token ? { authToken: token } : {}),
  });
  const call = <Value>(run: () => Promise<Value>): Promise<Value> =>
    withTimeout(whileBusy(run, timeoutMs), timeoutMs, () => reopenSocket(client));
  const writeBatch = (statements: readonly Statement[]): Promise<ResultSet[]> =>
    call(() => client.batch(statements.map(toWire), "write"));

  return {
    read: async (statement) => {
      if (!READS.test(statement.sql)) throw new TypeError(`Could not read: not a SELECT: ${statement.sql}`);
      return rowsOf(await call(() => client.execute(toWire(statement))));
    },
    write: async (statement) => rowsOf(await call(() => client.execute(toWire(statement)))),
    batch: async (statements) => (statements.length === 0 ? [] : (await writeBatch(statements)).map(rowsOf)),
    async compareAndSet(guard, then) {
      try {
        const [first, , ...others] = await writeBatch([guard, FAIL_IF_UNCHANGED, ...then]);
        return [rowsOf(first), ...others.map(rowsOf)];
      } catch (error) {
        if (isLost(error)) return null;
        throw error;
      }
    },
    async close() {
      client.close();
    },
  };
}

/** The server runs whatever it is given, so a write by mistake is refused here. */
const READS = /^\s*(--[^\n]*\n\s*)*(SELECT|WITH|VALUES|EXPLAIN)\b/i;

const LOST = "compare_and_set_lost";

/** A batch cannot branch on a row count, but it stops at an error: a JSON path that is none names itself in its error. */
const FAIL_IF_UNCHANGED: Statement = { sql: `SELECT iif(changes() = 0, json_extract('{}', '${LOST}'), 0) AS n` };

function isLost(error: unknown): boolean {
  return error instanceof LibsqlBatchError && error.statementIndex === 1 && error.message.includes(LOST);
}

function toWire({ sql, args }: Statement): InStatement {
  return { sql, args: toBound(argumentNames(sql), args) };
}

function rowsOf(result: ResultSet | undefined): Row[] {
  return (result?.rows ?? []).map((row) => toRow((result?.columns ?? []).map((name, i) => [name, row[i]])));
}

async function withTimeout<Value>(work: Promise<Value>, timeoutMs: number, onTimeout: () => void): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      onTimeout();
      reject(new Error(`Could not reach the database: no answer within ${timeoutMs} ms`));
    }, timeoutMs);
  });
  return Promise.race([work, timeout]).finally(() => clearTimeout(timer));
}

/** A half-open socket would keep every later call waiting. Over HTTP each call has its own connection. */
function reopenSocket(client: Client): void {
  if (client.protocol !== "ws") return;
  // `reconnect` waits for the new socket; when that fails, the next call opens another one and says why.
  void Promise.resolve(client.reconnect()).catch(() => {});
}
