import type { FileHandle } from "node:fs/promises";
import { type PartRange, partRange, type UploadPlan } from "@modfleet/protocol";
import type { ApiOptions } from "./gateway-api.ts";
import { putPart } from "./put-part.ts";
import { createPartBuffers, type PartBuffers, readPart } from "./read-part.ts";
import type { Trouble } from "./trouble.ts";

/** A part that a plan asks for, with its place in the file and its checked address. */
export type Missing = PartRange & { url: URL };

/**
 * The parts that a plan still asks for, or null for a plan that cannot be followed: parts that do not exist or too large ones,
 * addresses of other hosts without encryption. Plans come from outside, and the bytes go where they say.
 */
export function missingParts(plan: UploadPlan, { bytes, gateway, partBytesMax }: PlanRules): Missing[] | null {
  if (plan.partBytes > partBytesMax) return null;
  const missing = new Map<number, Missing>();
  for (const { n, url, done } of plan.parts) {
    const range = partRange(n, bytes, plan.partBytes);
    const address = partAddress(url, gateway);
    if (range === null || address === null || missing.has(n)) return null;
    if (!done) missing.set(n, { ...range, url: address });
  }
  return [...missing.values()];
}

export type PlanRules = { bytes: number; gateway: string; partBytesMax: number };

function partAddress(text: string, gateway: string): URL | null {
  const origin = new URL(gateway);
  const url = URL.parse(text, origin);
  return url !== null && (url.protocol === "https:" || url.protocol === origin.protocol) ? url : null;
}

export type Sending = {
  file: FileHandle;
  missing: readonly Missing[];
  /** Told when a part is acknowledged, and how much of the unacknowledged ones is on its way. */
  onStored: (range: PartRange) => void;
  onSent: (range: PartRange, bytes: number) => void;
};

/**
 * Sends parts until all are acknowledged or the first trouble; what is under way then may still arrive. While a part waits for
 * its acknowledgement the next is sent, but only one body is under way at a time: a cut costs one part (P6).
 */
export async function sendMissing(options: ApiOptions, sending: Sending): Promise<Trouble | null> {
  const buffers = createPartBuffers();
  const waiting = new Set<Promise<void>>();
  let trouble: Trouble | null = null;
  for (const range of sending.missing) {
    while (waiting.size >= options.limits.partsAtOnce) await Promise.race(waiting);
    if (trouble !== null) break;
    const { bodySent, stored } = await sendOne(options, { ...sending, range, buffers });
    const settled = stored.then((result) => {
      trouble ??= result;
      waiting.delete(settled);
    });
    waiting.add(settled);
    await bodySent;
  }
  await Promise.all(waiting);
  return trouble;
}

type One = Sending & { range: Missing; buffers: PartBuffers };

async function sendOne(
  options: ApiOptions,
  one: One,
): Promise<{ bodySent: Promise<void>; stored: Promise<Trouble | null> }> {
  const { file, range, buffers, onSent, onStored } = one;
  const part = await readPart(file, range, buffers);
  const bodySent = Promise.withResolvers<void>();
  const put = putPart(options, {
    url: range.url,
    part,
    onSent: (bytes) => onSent(range, bytes),
    onBodySent: bodySent.resolve,
  });
  const stored = put.then((trouble) => {
    bodySent.resolve();
    if (trouble === null) {
      buffers.giveBack(part);
      onStored(range);
    } else onSent(range, 0);
    return trouble;
  });
  return { bodySent: bodySent.promise, stored };
}
