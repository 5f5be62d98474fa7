import { readFile, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { replaceDurably } from "../../durable-file.ts";
import { makeFolder } from "./make-folder.ts";
import type { Done } from "./result.ts";

const Entry = z.object({
  key: z.string(),
  file: z.string(),
  /** Null for a folder. */
  bytes: z.int().min(0).nullable(),
  summary: z.string(),
  facts: z.record(z.string(), z.unknown()),
});
type Entry = z.infer<typeof Entry>;

/** What a command has written so far: when it is broken off, the same command takes it for done instead of for in the way. */
export type Finished = {
  find(key: string): Promise<Done | null>;
  add(key: string, done: Done): Promise<void>;
  /** Everything is done: the next time is a new one. */
  forget(): Promise<void>;
};

/** Opens the notes at `path`; what cannot be read was never there. */
export async function openFinished(path: string): Promise<Finished> {
  const entries = new Map((await read(path)).map((entry) => [entry.key, entry]));
  return {
    async find(key) {
      const entry = entries.get(key);
      if (entry === undefined || (await sizeOf(entry.file)) !== entry.bytes) return null;
      const { file, summary, facts } = entry;
      return { exit: 0, file, summary, facts, wasHere: true };
    },
    async add(key, { file, summary, facts }) {
      const bytes = await sizeOf(file);
      if (bytes === undefined) return;
      entries.set(key, { key, file, bytes, summary, facts: { ...facts } });
      await makeFolder(dirname(path), 0o700);
      replaceDurably(path, JSON.stringify([...entries.values()]));
    },
    forget: () => rm(path, { force: true }),
  };
}

async function read(path: string): Promise<Entry[]> {
  try {
    return z.array(Entry).parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    // Nothing there, or nothing that can be believed.
    return [];
  }
}

/** Null for a folder, nothing where there is nothing. */
async function sizeOf(path: string): Promise<number | null | undefined> {
  const found = await stat(path).catch(() => null);
  if (found === null) return undefined;
  return found.isDirectory() ? null : found.size;
}
