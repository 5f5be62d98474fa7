import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { setTimeout } from "node:timers";
import type { PartRange } from "@modfleet/protocol";
import type { PartBody, PartOutcome } from "./blob-store.ts";
import { isDiskFull, systemCode } from "./durable.ts";

export type WriteAll = (handle: FileHandle, buffers: readonly Uint8Array[], position: number) => Promise<void>;

type PartTarget = { path: string; range: PartRange; stallMs: number; writeAll: WriteAll };

/** Enough for the disk to be busy, little enough for many parts at once: two of these per part are in memory. */
const BATCH_BYTES = 512 * 1024;

/** Writes one part into its place and flushes it. Nothing outside the range is touched, whatever the body holds. */
export async function writePartToFile(target: PartTarget, part: PartBody): Promise<PartOutcome> {
  let handle: FileHandle;
  try {
    handle = await open(target.path, "r+");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return "gone";
    throw error;
  }
  try {
    const outcome = await copyBody(handle, target, part);
    if (outcome === "stored") await handle.datasync();
    return outcome;
  } catch (error) {
    if (isDiskFull(error)) return "disk_full";
    throw error;
  } finally {
    await handle.close();
  }
}

async function copyBody(handle: FileHandle, target: PartTarget, part: PartBody): Promise<PartOutcome> {
  const { range } = target;
  const hash = createHash("sha256");
  const writer = batchWriter(handle, target);
  let received = 0;
  try {
    for await (const chunk of patiently(part, target.stallMs)) {
      received += chunk.length;
      if (received > range.bytes) return "wrong_length";
      hash.update(chunk);
      await writer.add(chunk);
    }
  } catch (error) {
    if (error instanceof BodyEnded) return "interrupted";
    throw error;
  } finally {
    await writer.idle();
  }
  if (received !== range.bytes) return "wrong_length";
  if (hash.digest("hex") !== part.sha256) return "hash_differs";
  await writer.flush();
  return "stored";
}

/** Collects chunks and writes one batch while the next is being received. */
function batchWriter(handle: FileHandle, { range, writeAll }: PartTarget) {
  let batch: Uint8Array[] = [];
  let batchBytes = 0;
  let position = range.offset;
  let writing: Promise<void> = Promise.resolve();
  let failure: { cause: unknown } | null = null;

  async function flush(): Promise<void> {
    await writing;
    if (failure !== null) throw failure.cause;
    const full = batch;
    if (full.length === 0) return;
    writing = writeAll(handle, full, position).catch((cause: unknown) => {
      failure = { cause };
    });
    position += batchBytes;
    batch = [];
    batchBytes = 0;
  }
  return {
    async add(chunk: Uint8Array): Promise<void> {
      batch.push(chunk);
      batchBytes += chunk.length;
      if (batchBytes >= BATCH_BYTES) await flush();
    },
    /** Everything added is written. */
    async flush(): Promise<void> {
      await flush();
      await flush();
    },
    /** Nothing is being written any more, so that the file may be closed. */
    idle: () => writing,
  };
}

/** The sender is at fault or gone, as opposed to our disk. */
class BodyEnded extends Error {}

/** The chunks of a body, for as long as they keep coming and nobody aborts. */
async function* patiently({ body, signal }: PartBody, stallMs: number): AsyncGenerator<Uint8Array> {
  const ended = Promise.withResolvers<never>();
  ended.promise.catch(() => undefined);
  const onAbort = () => ended.reject(new BodyEnded("Aborted", { cause: signal?.reason }));
  const timer = setTimeout(() => ended.reject(new BodyEnded("Stalled")), stallMs);
  signal?.addEventListener("abort", onAbort);
  if (signal?.aborted) onAbort();
  const chunks = body[Symbol.asyncIterator]();
  const next = () => chunks.next().catch((cause: unknown) => Promise.reject(new BodyEnded("Broken off", { cause })));
  try {
    for (;;) {
      const read = await Promise.race([ended.promise, next()]);
      if (read.done) return;
      timer.refresh();
      yield read.value;
    }
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
    // A body that hangs may hang here as well, and what it says now changes nothing.
    void chunks.return?.().catch(() => undefined);
  }
}
