import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Slot } from "./slots.ts";

/** Enough for one run of one item; the log of a HOME grows for ever. */
const READ_MAX = 1024 * 1024;

/** Where builds and platforms keep their logs. */
const PLACES = [
  "Steam/logs",
  ".steam/logs",
  ".steam/steam/logs",
  ".local/share/Steam/logs",
  "Library/Application Support/Steam/logs",
];

/** What was added to `workshop_log.txt` since the reader was made: the run's own lines, which name the cause behind "(Failure)". */
export type LogReader = { readNew(): Promise<string> };

export async function createLogReader({ home, folder }: Pick<Slot, "home" | "folder">): Promise<LogReader> {
  const folders = [...PLACES.map((place) => join(home, place)), join(folder, "tool", "logs")];
  const files = folders.map((place) => join(place, "workshop_log.txt"));
  const before = await Promise.all(files.map(sizeOf));
  return {
    async readNew() {
      const texts = await Promise.all(files.map((file, i) => readFrom(file, before[i] ?? 0)));
      return texts.join("\n");
    },
  };
}

async function sizeOf(file: string): Promise<number> {
  return await stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}

async function readFrom(file: string, before: number): Promise<string> {
  const size = await sizeOf(file);
  // Steam starts the file anew when it is large: shorter than before means everything is new.
  const start = Math.max(size < before ? 0 : before, size - READ_MAX);
  if (size <= start) return "";
  const handle = await open(file, "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - start), 0, size - start, start);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await handle.close();
  }
}
