import { contentRangeOf, headerOf, isEncoded, numberOf } from "../../http/headers.ts";
import type { SourceResponse } from "../../http/open-source.ts";
import type { Metainfo, MetainfoFile } from "../metainfo.ts";
import { stretchesOf } from "./pieces.ts";
import { get, type Reach, readBody } from "./reach.ts";

export type SeedRange = { start: number; length: number; signal: AbortSignal };

/** Bytes of a torrent from a web seed (BEP 19), padding filled in. Throws for any answer that is not just these bytes. */
export async function fetchWebSeed(seed: string, metainfo: Metainfo, reach: Reach, range: SeedRange): Promise<Buffer> {
  const bytes = Buffer.alloc(range.length);
  for (const { file, at, from, length } of stretchesOf(metainfo.files, range.start, range.length)) {
    if (file.isPadding) continue;
    const url = seedUrl(seed, metainfo, file);
    const headers = { range: `bytes=${at}-${at + length - 1}` };
    const part = await get(reach, { url, headers, signal: range.signal }, (response) =>
      readPart(response, { file, at, length }),
    );
    part.copy(bytes, from);
  }
  return bytes;
}

/** Where a web seed has a file: below its address for a folder, and for one file the address itself unless it ends in a slash. */
export function seedUrl(
  seed: string,
  { isFolder }: Pick<Metainfo, "isFolder">,
  { path }: Pick<MetainfoFile, "path">,
): string {
  if (!isFolder && !seed.endsWith("/")) return seed;
  const base = seed.endsWith("/") ? seed : `${seed}/`;
  return `${base}${path.split("/").map(encodeURIComponent).join("/")}`;
}

type Wanted = { file: MetainfoFile; at: number; length: number };

/** Only a 206 for exactly this range counts, or a 200 when the range is the whole file. */
async function readPart(response: SourceResponse, { file, at, length }: Wanted): Promise<Buffer> {
  const { statusCode, headers, url } = response;
  const range = contentRangeOf(headers);
  const isPart = statusCode === 206 && range?.from === at && range.to === at + length;
  const isWhole = statusCode === 200 && at === 0 && length === file.length;
  if (!isPart && !isWhole) throw new Error(`The web seed answered ${statusCode} to a range`);
  const declared = numberOf(headerOf(headers, "content-length"));
  if (isEncoded(headers, url) || (declared !== null && declared !== length)) {
    throw new Error("The web seed has another file");
  }
  const body = await readBody(response, length);
  if (body.length !== length) throw new Error("The web seed's answer is too short");
  return body;
}
