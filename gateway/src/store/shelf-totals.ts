import type { Database, Statement } from "./database.ts";

/** Counts: the one number `n` that a statement selects. */
export type Count = (statement: Statement) => Promise<number>;

export function countIn(database: Pick<Database, "read">): Count {
  return async (statement) => Number((await database.read(statement))[0]?.["n"]);
}

/** Lists whose sizes are remembered. */
const REMEMBERED_MAX = 500;

/**
 * Counts each list once for as long as the shelf stays as it is, because all its pages say how long it is. The revision is read
 * first, so what is remembered under it is never older.
 */
export function rememberCounts(count: Count, revision: () => Promise<number>): Count {
  const counts = new Map<string, Promise<number>>();
  let countedAt = Number.NaN;
  return async (statement) => {
    const now = await revision();
    if (now !== countedAt || counts.size >= REMEMBERED_MAX) counts.clear();
    countedAt = now;
    const key = keyOf(statement);
    const known = counts.get(key);
    if (known !== undefined) return known;
    const counting = count(statement);
    counts.set(key, counting);
    counting.catch(() => counts.delete(key));
    return counting;
  };
}

/** Numbers and texts that look alike are different arguments. */
function keyOf({ sql, args = {} }: Statement): string {
  const named = Object.entries(args).map(([name, value]) => [name, typeof value, String(value)]);
  return JSON.stringify([sql, named]);
}
