import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { endStrays, isAlive, startOf } from "./process-group.ts";

/** A place where one run at a time may happen: a HOME of its own, and a copy of the tool where it is a real installation. */
export type Slot = { home: string; file: string; folder: string };

/** Names of slots beside the plain number, for processes that share one data folder (`get` beside `run`). */
const SUFFIXES = ["", "-b", "-c", "-d"];
const OWNER = "owner";
/** Not part of the tool, and sometimes gigabytes. */
const NOT_COPIED = new Set(["steamapps", "logs", "depotcache", "dumps", "userdata", "appcache"]);

/** Whether `file` is started from its own folder, which it then writes to: Valve's layouts, not Debian's wrapper. */
export function isInstallation(file: string, platform: NodeJS.Platform): boolean {
  const folder = dirname(file);
  if (existsSync(join(folder, "linux32"))) return true;
  if (platform === "win32") return file.toLowerCase().endsWith(".exe");
  return platform === "darwin" && existsSync(join(folder, "steamcmd")) && existsSync(join(folder, "steamcmd.sh"));
}

/** Claims the folder of slot `number` for this process, leaving one that another live process works in alone. */
export async function claimSlot(toolFolder: string, number: number | string): Promise<string> {
  for (const suffix of SUFFIXES) {
    const folder = join(toolFolder, "slots", `${number}${suffix}`);
    await mkdir(join(folder, "home"), { recursive: true });
    if (await claim(join(folder, OWNER))) return folder;
  }
  throw new Error(`Could not claim slot ${number}: other processes work in ${toolFolder}`);
}

async function claim(file: string): Promise<boolean> {
  const owner = await ownerOf(file);
  if (owner !== null && owner.pid !== process.pid && (await isOwnerAlive(owner))) return false;
  // Two processes may both find a dead owner: the one that creates the file has the slot.
  await rm(file, { force: true });
  const mine = `${process.pid} ${(await startOf(process.pid)) ?? ""}`;
  const written = await writeFile(file, mine, { flag: "wx" }).then(
    () => true,
    () => false,
  );
  return written || (await ownerOf(file))?.pid === process.pid;
}

/** `start` tells the owner from a later process with its id, after a reboot for instance; null where the system tells none. */
type Owner = { pid: number; start: string | null };

async function ownerOf(file: string): Promise<Owner | null> {
  const text = await readFile(file, "utf8").catch(() => "");
  const [, pid, start] = /^([1-9]\d{0,9})(?: (\d+))?\s*$/.exec(text) ?? [];
  return pid === undefined ? null : { pid: Number(pid), start: start ?? null };
}

async function isOwnerAlive({ pid, start }: Owner): Promise<boolean> {
  return isAlive(pid) && (start === null || start === (await startOf(pid)));
}

/** Ends what an agent that was killed left running in its slots; an orphan would write into a job that is being resumed. */
export async function endOrphans(toolFolder: string): Promise<number> {
  const slots = await readdir(join(toolFolder, "slots")).catch(() => []);
  const homes = new Set<string>();
  for (const name of slots) {
    const owner = await ownerOf(join(toolFolder, "slots", name, OWNER));
    const spared = owner !== null && owner.pid !== process.pid && (await isOwnerAlive(owner));
    if (!spared) homes.add(join(toolFolder, "slots", name, "home"));
  }
  return await endStrays(homes);
}

/**
 * Prepares a claimed folder for a run of `file`. A real installation is copied once per slot, because it updates itself in
 * place; anything else runs where it is, with the slot's HOME.
 */
export async function prepareSlot(folder: string, file: string, copied: boolean): Promise<Slot> {
  const home = join(folder, "home");
  await mkdir(home, { recursive: true });
  if (!copied) return { home, file, folder };
  const tool = join(folder, "tool");
  const copy = join(tool, basename(file));
  const origin = join(folder, "origin");
  const wanted = `${file}\n${(await stat(file)).mtimeMs}`;
  if (existsSync(copy) && (await readFile(origin, "utf8").catch(() => "")) === wanted)
    return { home, file: copy, folder };

  const fresh = `${tool}.new`;
  await rm(fresh, { recursive: true, force: true });
  await cp(dirname(file), fresh, { recursive: true, verbatimSymlinks: true, filter: isCopied(dirname(file)) });
  await rm(tool, { recursive: true, force: true });
  await rename(fresh, tool);
  await writeFile(origin, wanted);
  return { home, file: copy, folder };
}

function isCopied(source: string): (path: string) => boolean {
  return (path) => dirname(path) !== source || !NOT_COPIED.has(basename(path).toLowerCase());
}
