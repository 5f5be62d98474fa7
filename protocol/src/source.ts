import { z } from "zod";
import { ModId, Sha256 } from "./ids.ts";
import { LIMITS } from "./limits.ts";
import { magnetInfoHash } from "./magnet.ts";

const HttpUrl = z.url({ protocol: /^https?$/, error: "Must be an http or https address" }).max(2_048);

/** A Steam Workshop item. `fileUrl` stands on legacy items, which Steam serves over plain HTTP. */
export const WorkshopSource = z.object({
  kind: z.literal("workshop"),
  app: z.int().min(1).max(4_294_967_295),
  item: ModId,
  fileUrl: HttpUrl.optional(),
});

/** A file behind an address, with further addresses of the same bytes. */
export const HttpSource = z.object({
  kind: z.literal("http"),
  url: HttpUrl,
  sha256: Sha256.optional(),
  mirrors: z.array(HttpUrl).max(16).optional(),
});

/** A torrent by magnet link or by the address of its metainfo; `files` picks some of its paths. */
export const TorrentSource = z
  .object({
    kind: z.literal("torrent"),
    magnet: z
      .string()
      .max(8_192)
      .refine((text) => magnetInfoHash(text) !== null, "Must be a magnet link with an info-hash: magnet:?xt=urn:btih:…")
      .optional(),
    torrentUrl: HttpUrl.optional(),
    files: z.array(z.string().min(1).max(1_024)).max(10_000).optional(),
  })
  .refine(
    ({ magnet, torrentUrl }) => magnet !== undefined || torrentUrl !== undefined,
    "Must have magnet or torrentUrl",
  );

/** What can be fetched. A new kind is a variant here, an engine in the agent, and a version key in the gateway. */
export const Source = z
  .discriminatedUnion("kind", [WorkshopSource, HttpSource, TorrentSource])
  .refine(fitsIntoAnOffer, `Must be at most ${LIMITS.sourceBytesMax} bytes of JSON`);
export type Source = z.infer<typeof Source>;
export type SourceKind = Source["kind"];
export const SourceKind = z.enum(["workshop", "http", "torrent"]);

function fitsIntoAnOffer(source: object): boolean {
  return new TextEncoder().encode(JSON.stringify(source)).length <= LIMITS.sourceBytesMax;
}

/**
 * One text per thing that can be fetched; with the version key it says whether two requests want the same. A torrent is its
 * info-hash where that is known, whatever trackers a magnet names; a file of which the hash is expected is not the one without.
 * Mirrors of a file without one are part of it: nobody can tell whether they have the same bytes, so they must not stand in
 * for the address alone.
 */
export function sourceKey(source: Source): string {
  switch (source.kind) {
    case "workshop":
      return `workshop:${source.item}`;
    case "http":
      return `http:${source.url}${fileKey(source)}`;
    case "torrent":
      return `torrent:${torrentKey(source)}`;
  }
}

function fileKey({ sha256, mirrors = [] }: z.infer<typeof HttpSource>): string {
  if (sha256 !== undefined) return ` ${sha256}`;
  return mirrors.length === 0 ? "" : ` ${JSON.stringify([...new Set(mirrors)].toSorted())}`;
}

function torrentKey({ magnet, torrentUrl, files }: z.infer<typeof TorrentSource>): string {
  const hash = magnet === undefined ? null : magnetInfoHash(magnet);
  const picked = files === undefined ? "" : ` ${JSON.stringify([...new Set(files)].toSorted())}`;
  return `${hash ?? torrentUrl ?? ""}${picked}`;
}
