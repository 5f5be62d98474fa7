import { createHash } from "node:crypto";
import { readFile, rm, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isAlive, startOf } from "../../engine/steamcmd/process-group.ts";
import { makeFolder } from "./make-folder.ts";

/** A folder for one thing that is being fetched. The same command finds it again, and meanwhile nobody else works in it. */
export type Workplace = {
  at(name: string): string;
  /** Keeps what is there for the next time. */
  leave(): Promise<void>;
  remove(): Promise<void>;
};

const OWNER = "owner";
const KEY_LENGTH = 12;
/** Of this process; the file says the same to others. */
const held = new Set<string>();

/** A short name for what is asked for; the same question has the same name. */
export function keyOf(...parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, KEY_LENGTH);
}

/** Takes `path` for this process, or null where a living one has it. What an earlier command left there is still there. */
export async function takeWorkplace(path: string): Promise<Workplace | null> {
  if (held.has(path)) return null;
  held.add(path);
  try {
    await makeFolder(path);
    if (!(await claim(join(path, OWNER)))) {
      held.delete(path);
      return null;
    }
  } catch (error) {
    held.delete(path);
    throw error;
  }
  return {
    at: (name) => join(path, name),
    async leave() {
      await rm(join(path, OWNER), { force: true });
      // Only a folder with nothing in it goes.
      await rmdir(path).catch(() => {});
      held.delete(path);
    },
    async remove() {
      await rm(path, { recursive: true, force: true });
      held.delete(path);
    },
  };
}

/** Whether a living process works there; it may be this one. */
export async function isTaken(path: string): Promise<boolean> {
  return held.has(path) || (await livingOwner(join(path, OWNER))) !== null;
}

async function claim(file: string): Promise<boolean> {
  if ((await livingOwner(file)) !== null) return false;
  // Two processes may both find a dead owner: the one that creates the file has the folder.
  await rm(file, { force: true });
  const mine = `${process.pid} ${(await startOf(process.pid)) ?? ""}`;
  await writeFile(file, mine, { flag: "wx" }).catch((error: unknown) => {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  });
  return (await readFile(file, "utf8").catch(() => "")) === mine;
}

/** The process id of another living process that has claimed it; after a reboot its id may be somebody else's. */
async function livingOwner(file: string): Promise<number | null> {
  const text = await readFile(file, "utf8").catch(() => "");
  const [, digits, start] = /^([1-9]\d{0,9}) (\d*)$/.exec(text) ?? [];
  const pid = Number(digits ?? 0);
  if (pid === 0 || pid === process.pid || !isAlive(pid)) return null;
  return start === "" || start === (await startOf(pid)) ? pid : null;
}
