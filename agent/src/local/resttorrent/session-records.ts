import { mkdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { replaceDurably } from "../../durable-file.ts";
import type { Log } from "../../log.ts";

const Port = z.int().min(0).max(65_535);

/** A session that is there again after a restart. */
const SessionRecord = z.object({
  id: z.string().regex(/^[0-9a-f]{40}$/),
  ports: z.object({ first: Port, last: Port }),
});
export type SessionRecord = z.infer<typeof SessionRecord>;

const Records = z.object({ version: z.literal(1), sessions: z.array(SessionRecord) });

/** The file that knows which sessions are kept. */
export interface SessionRecords {
  /** As they were when the file was opened. */
  readonly sessions: readonly SessionRecord[];
  /** Durable when it returns. Throws what the disk throws; then the file is as it was. */
  write(sessions: readonly SessionRecord[]): void;
}

/** Throws when the folder cannot be used. A file that cannot be understood is put aside, so that nothing is lost for good. */
export function openSessionRecords(folder: string, log: Log): SessionRecords {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, "sessions.json");
  return {
    sessions: readRecords(path, log),
    write: (sessions) => replaceDurably(path, `${JSON.stringify({ version: 1, sessions })}\n`),
  };
}

function readRecords(path: string, log: Log): readonly SessionRecord[] {
  const text = textAt(path);
  if (text === null) return [];
  try {
    return Records.parse(JSON.parse(text)).sessions;
  } catch (cause) {
    renameSync(path, `${path}.damaged`);
    log.error("RestTorrent's list of sessions is damaged and was put aside", { path: `${path}.damaged`, cause });
    return [];
  }
}

function textAt(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
