import { createHash } from "node:crypto";
import { type Fetched, INFO_HASH, magnetInfoHash, type Sha256, type Source } from "@modfleet/protocol";

/** What can be fetched that is no Workshop item. */
export type Elsewhere = Exclude<Source, { kind: "workshop" }>;

/** The version that is asked for where nobody knows which one the source has. */
const LATEST = "latest";
const KEY = /^[\w-][\w.:+=-]{0,63}$/;
const TREE_DIGITS = 32;

/** The content that the source itself names: its info-hash or the expected SHA-256; null where it can change. */
export function namedContent(source: Elsewhere): string | null {
  if (source.kind === "http") return source.sha256 ?? null;
  return source.magnet === undefined ? null : magnetInfoHash(source.magnet);
}

/** The version key of a job for this source, before anybody fetched it. */
export function askedVersion(source: Elsewhere): string {
  return namedContent(source) ?? LATEST;
}

/**
 * The version key of what was delivered: the content that the source names (info-hash, expected SHA-256); else the ETag or
 * info-hash that the agent reports; else the first 32 digits of the tree's hash, so that equal content is one version. An
 * ETag loses `W/` and its quotes, and one that would be awkward in an address is hashed.
 */
export function deliveredVersion(source: Elsewhere, fetched: Fetched, tree: Sha256): string {
  const named = namedContent(source);
  if (named !== null) return named;
  const reported = source.kind === "http" ? tagOf(fetched.manifest) : infoHashOf(fetched.manifest);
  return reported ?? tree.slice(0, TREE_DIGITS);
}

/**
 * What an agent says, or delivered, that cannot be what the source names; null when nothing speaks against it. A file with an
 * expected hash comes alone; of a torrent only the reported info-hash is known here.
 */
export function contradiction(
  source: Source,
  { fetched, entries }: { fetched: Fetched; entries: readonly { sha256: Sha256 }[] },
): string | null {
  if (source.kind === "workshop") return null;
  const named = namedContent(source);
  if (named === null) return null;
  if (source.kind === "http") {
    const isIt = entries.length === 1 && entries[0]?.sha256 === named;
    return isIt ? null : `The archive does not hold exactly the file with SHA-256 ${named}`;
  }
  const reported = infoHashOf(fetched.manifest);
  return reported === null || reported === named ? null : `Another torrent was fetched: ${reported}`;
}

function tagOf(etag: string | null): string | null {
  const tag = (etag ?? "").replace(/^W\//, "").replace(/^"(.*)"$/s, "$1");
  if (tag === "") return null;
  return KEY.test(tag) ? tag : createHash("sha256").update(tag).digest("hex").slice(0, TREE_DIGITS);
}

function infoHashOf(manifest: string | null): string | null {
  const hash = manifest?.toLowerCase() ?? "";
  return INFO_HASH.test(hash) ? hash : null;
}
