import type { BigIntStats } from "node:fs";
import { copyFile, mkdtemp, open, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemCode } from "../blobs/durable.ts";
import { AppError } from "../domain/errors.ts";
import { type ForeignFile, openForeignFile } from "../store/foreign-file.ts";
import { DATABASE_TABLES, missingPart, STATISTICS_TABLES } from "./schema.ts";

export type SourceKind = "database" | "statistics";

/** One of PyTorrent's two files, checked and open for reading. */
export type Source = {
  file: ForeignFile;
  /** Whether somebody wrote into it since it was opened. */
  hasChanged(): Promise<boolean>;
  close(): Promise<void>;
};

const SCHEMAS = { database: DATABASE_TABLES, statistics: STATISTICS_TABLES } as const;
const OPTIONS = { database: "--database", statistics: "--statistics" } as const;
const MAGIC = "SQLite format 3\0";
const HEADER_BYTES = 100;

/**
 * Opens one of PyTorrent's files without writing into it or beside it; one with a journal beside it is read from a copy.
 * Refuses, with a sentence for the operator, what is no sound file of that kind.
 */
export async function openSource(path: string, kind: SourceKind): Promise<Source> {
  const before = await statFile(path);
  await requireSqlite(path, before);
  const copy = await copyIfJournaled(path);
  const file = openForeignFile(copy?.path ?? path, { isImmutable: copy === null });
  const close = async () => {
    file.close();
    await copy?.remove();
  };
  try {
    requireSound(file, path);
    requireSchema(file, path, kind);
  } catch (error) {
    await close();
    throw error;
  }
  return { file, close, hasChanged: async () => !isSame(before, await stat(path, { bigint: true })) };
}

const isSame = (a: BigIntStats, b: BigIntStats): boolean => a.mtimeNs === b.mtimeNs && a.size === b.size;

function refuse(path: string, why: string, cause?: unknown): never {
  throw new Error(`Could not read ${path}: ${why}`, { cause });
}

async function statFile(path: string): Promise<BigIntStats> {
  const found = await stat(path, { bigint: true }).catch((cause: unknown) => {
    const why = isMissing(cause) ? "there is no such file" : cause instanceof Error ? cause.message : String(cause);
    throw new AppError("bad_request", `Could not read ${path}: ${why}`, { cause });
  });
  if (!found.isFile()) throw new AppError("bad_request", `Could not read ${path}: it is no file`);
  return found;
}

const isMissing = (error: unknown): boolean => ["ENOENT", "ENOTDIR"].includes(systemCode(error));

async function requireSqlite(path: string, { size }: BigIntStats): Promise<void> {
  const handle = await open(path, "r").catch((cause: unknown) => refuse(path, "it may not be opened", cause));
  const header = Buffer.alloc(HEADER_BYTES);
  try {
    await handle.read(header, 0, HEADER_BYTES, 0);
  } finally {
    await handle.close();
  }
  if (header.toString("latin1", 0, MAGIC.length) !== MAGIC) refuse(path, "it is no SQLite file, or an encrypted one");
  const pageBytes = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16);
  const pages = header.readUInt32BE(28);
  // The page count counts only when the last writer kept it; older ones left it behind.
  const isKept = header.readUInt32BE(24) === header.readUInt32BE(92);
  if (isKept && size < BigInt(pages) * BigInt(pageBytes)) refuse(path, "it is cut off, copy it again");
}

/** What another process left in a journal or WAL belongs to the data; SQLite puts the copy in order. */
async function copyIfJournaled(path: string): Promise<{ path: string; remove(): Promise<void> } | null> {
  const suffixes = ["-wal", "-journal"];
  const sizes = await Promise.all(suffixes.map((suffix) => sizeOrZero(path + suffix)));
  const present = suffixes.filter((_, i) => (sizes[i] ?? 0) > 0);
  if (present.length === 0) return null;
  const folder = await mkdtemp(join(tmpdir(), "modfleet-import-"));
  const target = join(folder, "copy.db");
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    for (const suffix of ["", ...present]) await copyFile(path + suffix, target + suffix);
  } catch (cause) {
    await remove();
    refuse(path, `a copy with its journal needs room in ${tmpdir()}`, cause);
  }
  return { path: target, remove };
}

async function sizeOrZero(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

function requireSound(file: ForeignFile, path: string): void {
  try {
    const rows = file.rows("SELECT CAST(quick_check AS BLOB) AS found FROM pragma_quick_check(1)");
    const found = [...rows].map((row) =>
      row["found"] instanceof Uint8Array ? Buffer.from(row["found"]).toString() : "",
    );
    if (found.length === 1 && found[0] === "ok") return;
    throw new Error(found.join("; ").replace(/\s+/g, " ").slice(0, 200));
  } catch (cause) {
    refuse(path, `it is damaged (${cause instanceof Error ? cause.message : String(cause)})`, cause);
  }
}

function requireSchema(file: ForeignFile, path: string, kind: SourceKind): void {
  const missing = missingPart(file, SCHEMAS[kind]);
  if (missing === null) return;
  const other = kind === "database" ? "statistics" : "database";
  if (missingPart(file, SCHEMAS[other]) === null)
    refuse(path, `it is PyTorrent's ${other} file: give it with ${OPTIONS[other]}`);
  refuse(path, `it is not PyTorrent's ${kind} file: ${missing}`);
}
