import { createHash } from "node:crypto";
import { closeSync, fstatSync, openSync } from "node:fs";
import { type ArchiveEntry, comparePaths, LIMITS, treeHash } from "@modfleet/protocol";
import type { Contents, Inspected, Refused, TakenOverInput, VerifyInput } from "../verify-archive.ts";
import { type ByteSource, createByteSource } from "./byte-source.ts";
import { readContent } from "./content.ts";
import { readDirectory } from "./directory.ts";
import { readEndRecords } from "./end-records.ts";
import { type DirectoryEntry, SENT, TAKEN_OVER } from "./entry-rules.ts";
import { checkDescriptor, checkLocalHeader } from "./local-header.ts";
import { Refusal, refuse, refused } from "./refusal.ts";
import { checkNames, checkSpans } from "./tree-rules.ts";

type Said = Omit<VerifyInput, "signal" | "onProgress">;
/** What an agent said about its archive, or one taken over about which nobody said anything. */
export type InspectInput = Said | (Omit<TakenOverInput, "signal" | "onProgress"> & { takenOver: true });

/** Hears now and then that the work goes on, with the bytes of the archive read so far. */
export type OnWork = (bytesRead: number) => void;

/**
 * The whole check of PROTOCOL section 9 in one sequential pass; entries come back sorted by path. Blocks its thread. A
 * file that is not what was sent is a `hash_mismatch` whatever else is wrong with it: a slip on the way is nobody's malice.
 */
export async function inspectArchive(input: InspectInput, onWork: OnWork): Promise<Inspected> {
  let fd: number;
  try {
    fd = openSync(input.path, "r");
  } catch (cause) {
    return refused("unreadable", String(cause));
  }
  try {
    const { size } = fstatSync(fd);
    if (size !== input.bytes) return refused("size_differs", `${size} bytes instead of ${input.bytes}`);
    return await inspectBytes(fd, input, onWork);
  } catch (cause) {
    return refused("unreadable", String(cause));
  } finally {
    closeSync(fd);
  }
}

async function inspectBytes(fd: number, input: InspectInput, onWork: OnWork): Promise<Inspected> {
  const work = createWorkMeter(onWork);
  const source = createByteSource(fd, input.bytes, work.read);
  const found = await inspectContent(fd, { input, source, work }).catch((error: unknown) => {
    if (error instanceof Refusal) return refused(error.fault, error.message);
    throw error;
  });
  // Nobody said what it should be.
  if ("takenOver" in input) return found.ok ? { ...found, ...source.digest() } : found;
  const { sha256, pieces } = source.digest();
  if (sha256 !== input.sha256) return refused("sha256_differs", `${sha256} instead of ${input.sha256}`);
  if (found.ok && found.tree !== input.tree) return refused("tree_differs", `${found.tree} instead of ${input.tree}`);
  return found.ok ? { ...found, sha256, pieces } : found;
}

/** What reading the entries gives; the file itself is not hashed to its end yet. */
type Found = ({ ok: true } & Contents) | Refused;

type Inspection = { input: InspectInput; source: ByteSource; work: WorkMeter };

async function inspectContent(fd: number, { input, source, work }: Inspection): Promise<Found> {
  const rules = "takenOver" in input ? TAKEN_OVER : SENT;
  const span = readEndRecords(fd, input.bytes);
  const directory = await readDirectory(fd, { size: input.bytes, span, rules });
  checkNames(directory, rules.placeKey);
  checkSpans(directory, span.start);
  const unpackedBytes = directory.reduce((sum, { size }) => sum + size, 0);
  const limit = input.maxUnpackedBytes ?? LIMITS.archiveBytesMax;
  if (unpackedBytes > limit) refuse("too_large", `${unpackedBytes} bytes unpacked`);
  if (!rules.mayBeEmpty && !directory.some(({ isFolder }) => !isFolder))
    refuse("empty_archive", "There is no file in it");

  const entries: ArchiveEntry[] = [];
  for (const [index, entry] of directory.entries()) {
    const sha256 = await readEntry(source, entry, work);
    checkDescriptor(source, entry, directory[index + 1]?.offset ?? span.start);
    if (!entry.isFolder) entries.push({ path: entry.path, size: entry.size, sha256 });
  }
  entries.sort((a, b) => comparePaths(a.path, b.path));
  return { ok: true, entries, tree: treeHash(entries, createHash("sha256")), unpackedBytes };
}

async function readEntry(source: ByteSource, entry: DirectoryEntry, work: WorkMeter): Promise<string> {
  checkLocalHeader(source, entry);
  work.entry();
  return readContent(source, entry, work.unpacked);
}

type WorkMeter = ReturnType<typeof createWorkMeter>;

const TICK_BYTES = 32 * 1024 * 1024;
/** What one entry costs beside its bytes, in bytes that take as long. */
const ENTRY_BYTES = 16 * 1024;

function createWorkMeter(onWork: OnWork) {
  let [bytesRead, done, nextTick] = [0, 0, TICK_BYTES];
  const add = (bytes: number) => {
    done += bytes;
    if (done < nextTick) return;
    nextTick = done + TICK_BYTES;
    onWork(bytesRead);
  };
  return {
    read(bytes: number): void {
      bytesRead += bytes;
      add(bytes);
    },
    unpacked: add,
    entry: () => add(ENTRY_BYTES),
  };
}
