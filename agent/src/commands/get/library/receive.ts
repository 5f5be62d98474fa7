import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { type Download, type ModfleetClient, ModfleetError } from "@modfleet/client";
import { LIMITS } from "@modfleet/protocol";
import type { Kept, Partial } from "./partial.ts";

/** An archive that is on its way into `partial`. */
export type Reception = {
  id: string;
  /** The version to fetch; null for the one that is served, whichever it is. */
  version: string | null;
  partial: Partial;
  onProgress: (progress: { bytes: number; total: number | null }) => void;
  signal: AbortSignal;
};

/** A line that says nothing for so long is dead. */
const SILENCE_MS = 60_000;

/** One try to get the rest of an archive. Gives the SHA-256 the gateway promised, null where it promised none. */
export async function receive(client: ModfleetClient, reception: Reception): Promise<string | null> {
  const { partial, signal } = reception;
  const kept = await partial.kept();
  const silence = new AbortController();
  const patience = AbortSignal.any([signal, silence.signal]);
  const download = await open(client, reception, { kept, signal: patience });
  if (download === null) return null;
  const timer = setTimeout(() => silence.abort(new Error("The line is silent")), SILENCE_MS);
  try {
    if (download.start === 0) await partial.begin(download.etag);
    const flags = download.start === 0 ? "w" : "r+";
    const file = createWriteStream(partial.path, { flags, start: download.start });
    await pipeline(
      counted(download, reception, () => timer.refresh()),
      file,
      { signal: patience },
    );
    return download.sha256;
  } finally {
    clearTimeout(timer);
  }
}

type Opening = { kept: Kept | null; signal: AbortSignal };

/** Null when all of it is here already, which a range after the last byte is refused for. */
async function open(
  client: ModfleetClient,
  { id, version, partial }: Reception,
  { kept, signal }: Opening,
): Promise<Download | null> {
  const how = { signal, ...(version === null ? {} : { version }) };
  try {
    const download = await client.download(id, kept === null ? how : { ...how, resume: kept });
    if (download.start === 0 || download.start === kept?.bytes) return download;
    await download.body.cancel();
    throw new Error(`The library sent another part than it was asked for`);
  } catch (error) {
    const isAllHere = error instanceof ModfleetError && error.code === "range_not_satisfiable" && kept !== null;
    if (!isAllHere) throw error;
    const { etag } = await probe(client, { id, how });
    if (etag === kept.etag) return null;
    await partial.remove();
    return await client.download(id, how);
  }
}

/** What is served now, without its bytes. */
async function probe(
  client: ModfleetClient,
  { id, how }: { id: string; how: { signal: AbortSignal; version?: string } },
): Promise<Download> {
  const download = await client.download(id, how);
  await download.body.cancel();
  return download;
}

async function* counted(
  { body, start, total }: Download,
  { onProgress }: Reception,
  onBytes: () => void,
): AsyncGenerator<Uint8Array> {
  let bytes = start;
  onProgress({ bytes, total });
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > LIMITS.archiveBytesMax) throw new Error("The archive is larger than any may be");
    onBytes();
    yield chunk;
    onProgress({ bytes, total });
  }
  if (total !== null && bytes < total) throw new Error("The connection broke");
}
