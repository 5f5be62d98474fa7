import type { z } from "zod";
import type { Database, Row } from "../store/database.ts";
import type { ForeignFile } from "../store/foreign-file.ts";
import { TEXT_BYTES_MAX } from "./cells.ts";
import { type Section, tally } from "./report.ts";

/** What every step of an import works with. */
export type Taking = {
  file: ForeignFile;
  database: Database;
  /** Where this step counts. */
  section: Section;
  /** Rows read since the last call. */
  advance: (rows: number) => void;
  signal: AbortSignal;
  /** When the import began, in milliseconds UTC. */
  now: number;
};

export type Reading<Item> = {
  /** Rows in the order in which they are written; `at` names one in the report. */
  sql: string;
  schema: z.ZodType<Item>;
  /** Items of one group are written in one transaction. */
  groupOf?: (item: Item) => unknown;
  write: (items: readonly Item[]) => Promise<void>;
};

// Each transaction writes pages of many indexes: more rows share them, fewer let others write sooner.
const BATCH_ROWS = 1_000;
/** One group may be larger than a batch, but not without bound. */
const GROUP_ROWS_MAX = 5_000;
const BATCH_BYTES = 1_024 * 1_024;

/** Streams the rows of one question, turns each into an item or a reason, and writes them in batches. */
export async function takeRows<Item>(taking: Taking, reading: Reading<Item>): Promise<void> {
  let batch: Item[] = [];
  let bytes = 0;
  let read = 0;
  const flush = async () => {
    const items = batch;
    [batch, bytes] = [[], 0];
    taking.signal.throwIfAborted();
    if (items.length > 0) await reading.write(items);
    taking.advance(read);
    read = 0;
  };
  for (const row of taking.file.rows(reading.sql)) {
    read += 1;
    const item = parsed(taking, reading.schema, row);
    if (item !== null) {
      if (isFull(batch, bytes) && startsGroup(reading, batch, item)) await flush();
      batch.push(item);
      bytes += bytesOf(row);
    } else if (read >= GROUP_ROWS_MAX) await flush();
  }
  await flush();
}

function isFull(batch: readonly unknown[], bytes: number): boolean {
  return batch.length >= BATCH_ROWS || bytes >= BATCH_BYTES;
}

function startsGroup<Item>({ groupOf }: Reading<Item>, batch: readonly Item[], item: Item): boolean {
  const last = batch.at(-1);
  if (groupOf === undefined || last === undefined || batch.length >= GROUP_ROWS_MAX) return true;
  return groupOf(last) !== groupOf(item);
}

function parsed<Item>({ section }: Taking, schema: z.ZodType<Item>, row: Row): Item | null {
  const result = schema.safeParse(row);
  if (result.success) {
    if (isCut(row)) tally(section.noted, `a text was cut off at ${TEXT_BYTES_MAX} bytes`, String(row["at"]));
    return result.data;
  }
  // One cell that cannot be read is no reason to lose its row, where the row can do without.
  const rest = schema.safeParse({ ...row, ...blanksFor(result.error) });
  const [tallies, what] = rest.success ? [section.noted, ": taken without it"] : [section.skipped, ""];
  tally(tallies, `${reasonOf(result.error)}${what}`, String(row["at"]));
  return rest.success ? rest.data : null;
}

function blanksFor(error: z.ZodError): Record<string, null> {
  return Object.fromEntries(error.issues.map(({ path }) => [String(path[0]), null]));
}

function reasonOf(error: z.ZodError): string {
  const issue = error.issues[0];
  return [...(issue?.path ?? []), issue?.message].join(" ");
}

function isCut(row: Row): boolean {
  return Object.values(row).some((cell) => cell instanceof Uint8Array && cell.length >= TEXT_BYTES_MAX);
}

function bytesOf(row: Row): number {
  return Object.values(row).reduce<number>((sum, cell) => sum + (cell instanceof Uint8Array ? cell.length : 8), 0);
}
