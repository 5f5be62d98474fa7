import { z } from "zod";
import type { SqlArgs, Statement } from "../store/database.ts";
import { tally } from "./report.ts";
import type { Taking } from "./take-rows.ts";

/**
 * Statements over `:rows`, a JSON list with one object for each row, over `:keys`, the same with no more than `keys` of
 * each, and `:now`. The driver copies every text it is given, so only the last one should look at the rows.
 */
export type Writing = {
  keys: readonly string[];
  /** Counts those of `:keys` that are here already, as `n`. */
  known: string;
  /** What has to be there before the rows. */
  before?: readonly string[];
  /** Adds or changes the rows; one that would stay as it is must not be touched. */
  write: string;
};

/** More rows at once would only make one text of JSON larger. */
const ROWS_PER_STATEMENT = 1_000;

/** Writes rows of which each is new, changed or left alone, in one transaction, and counts them. */
export async function writeRows(taking: Taking, writing: Writing, rows: readonly object[]): Promise<void> {
  const { section, database, now } = taking;
  const texts = [writing.known, ...(writing.before ?? []), writing.write];
  const chunks = chunksOf(rows, ROWS_PER_STATEMENT);
  const results = await database.batch(
    chunks.flatMap((chunk) => statementsOf(texts, { rows: chunk, now, keys: writing.keys })),
  );
  for (const [i, chunk] of chunks.entries()) {
    const mine = results.slice(i * (texts.length + 1), (i + 1) * (texts.length + 1));
    const [known, changed] = [Known.parse(mine[0]?.[0]).n, Known.parse(mine.at(-1)?.[0]).n];
    const added = Math.min(chunk.length - known, changed);
    section.taken += added;
    section.updated += changed - added;
    section.here += chunk.length - changed;
  }
}

function chunksOf<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
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
  const results = await taking.database.batch(statementsOf([orphans, ...before, write], { rows, now: taking.now }));
  const first = results[0] ?? [];
  const changed = Known.parse(results.at(-1)?.[0]).n;
  section.taken += changed;
  section.here += rows.length - changed - first.length;
  for (const { at } of first) tally(section.skipped, "what it belongs to is not here", String(at));
}

type Given = { rows: readonly object[]; now: number; keys?: readonly string[] };

function statementsOf(texts: readonly string[], { rows, now, keys = [] }: Given): Statement[] {
  const keysOf = (row: object) => Object.fromEntries(Object.entries(row).filter(([name]) => keys.includes(name)));
  const args: SqlArgs = {
    rows: JSON.stringify(rows),
    ...(keys.length > 0 && { keys: JSON.stringify(rows.map(keysOf)) }),
    now,
  };
  return [...texts.map((sql) => ({ sql, args })), CHANGES];
}

/** Rows that the statement before it changed, those of triggers not counted. */
const CHANGES: Statement = { sql: "SELECT changes() AS n" };

const Known = z.object({ n: z.number() });
