import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { isTaken } from "./workplace.ts";

const KEPT_MS = 7 * 24 * 60 * 60_000;

/** Removes what broken commands left in the scratch folder a week ago or longer, and nobody works in. */
export async function sweepScratch(scratch: string, now: number): Promise<void> {
  for (const name of await readdir(scratch).catch(() => [])) {
    const path = join(scratch, name);
    const found = await stat(path).catch(() => null);
    if (found === null || now - found.mtimeMs < KEPT_MS || (await isTaken(path))) continue;
    // What cannot be removed now is met again.
    await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}
