import { z } from "zod";
import type { Row, SqlArgs, Statement } from "../store/database.ts";
import { tally } from "./report.ts";
import type { Taking } from "./take-rows.ts";

/** Statements over `:rows`, a JSON list with one object for each row, and `:now`. */
export type Writing = {
  /** Counts those of `:rows` that are here already, as `n`. */
  known: string;
  /** What has to be there before the rows. */
  before?: readonly string[];
  /** Adds or changes the rows; one that would stay as it is must not be touched. */
  write: string;
};

/** Writes rows of which each is new, changed or left alone, in one transaction, and counts them. */
export async function writeRows(taking: Taking, writing: Writing, rows: readonly object[]): Promise<void> {
  if (rows.length === 0) return;
  const { section } = taking;
  const { first, changed } = await runBatch(taking, rows, [writing.known, ...(writing.before ?? []), writing.write]);
  const known = Known.parse(first[0]).n;
  const added = Math.min(rows.length - known, changed);
  section.taken += added;
  section.updated += changed - added;
  section.here += rows.length - changed;
}

/** Like `Writing`, for rows that belong to others. */
export type Belonging = {
  /** Gives `at` of the rows whose owner is not here. Without it owners need not be. */
  orphans?: string;
  before?: readonly string[];
  write: string;
};

/** Writes rows of which each is new, left alone, or without its owner, in one transaction, and counts them. */
export async function writeBelongings(taking: Taking, belonging: Belonging, rows: readonly object[]): Promise<void> {
  if (rows.length === 0) return;
  const { section } = taking;
  const { orphans = "SELECT 0 AS at WHERE FALSE", before = [], write } = belonging;
  const { first, changed } = await runBatch(taking, rows, [orphans, ...before, write]);
  section.taken += changed;
  section.here += rows.length - changed - first.length;
  for (const { at } of first) tally(section.skipped, "what it belongs to is not here", String(at));
}

async function runBatch({ database, now }: Taking, rows: readonly object[], statements: readonly string[]) {
  const args: SqlArgs = { rows: JSON.stringify(rows), now };
  const results = await database.batch([...statements.map((sql): Statement => ({ sql, args })), CHANGES]);
  const first: Row[] = results[0] ?? [];
  return { first, changed: Known.parse(results.at(-1)?.[0]).n };
}

/** Rows that the statement before it changed, those of triggers not counted. */
const CHANGES: Statement = { sql: "SELECT changes() AS n" };

const Known = z.object({ n: z.number() });
