import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { type Headers, headerOf } from "./headers.ts";

/** A hash that the whole file has to have, in lower-case hex. */
export type Digest = Readonly<{ algorithm: "sha256" | "sha512"; hex: string }>;

const ALGORITHMS = { "sha-256": "sha256", "sha-512": "sha512" } as const;
const BYTES = { sha256: 32, sha512: 64 } as const;

/**
 * What the server says the whole file hashes to: `Repr-Digest` (RFC 9530) before `Digest` (RFC 3230), both of which speak of
 * the file also in answers to a range. Null where it says nothing that can be relied on.
 */
export function digestOf(headers: Headers): Digest | null {
  const current = [...(headerOf(headers, "repr-digest") ?? "").matchAll(/(sha-256|sha-512)\s*=\s*:([\w+/=]+):/gi)];
  const older = [...(headerOf(headers, "digest") ?? "").matchAll(/(sha-256|sha-512)\s*=\s*([\w+/=]+)/gi)];
  for (const [, name = "", value = ""] of [...current, ...older]) {
    const algorithm = name.toLowerCase() === "sha-512" ? ALGORITHMS["sha-512"] : ALGORITHMS["sha-256"];
    const bytes = Buffer.from(value, "base64");
    if (bytes.length === BYTES[algorithm]) return { algorithm, hex: bytes.toString("hex") };
  }
  return null;
}

export type DigestFault = { expected: string; found: string };

/** Reads the file once for all of `digests`; the first that it does not have, or null. */
export async function digestFault(
  path: string,
  digests: readonly Digest[],
  signal: AbortSignal,
): Promise<DigestFault | null> {
  if (digests.length === 0) return null;
  const hashes = new Map(digests.map(({ algorithm }) => [algorithm, createHash(algorithm)]));
  await pipeline(
    createReadStream(path, { highWaterMark: 1024 * 1024 }),
    async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) for (const hash of hashes.values()) hash.update(chunk);
    },
    { signal },
  );
  const found = new Map([...hashes].map(([algorithm, hash]) => [algorithm, hash.digest("hex")]));
  const wrong = digests.find(({ algorithm, hex }) => found.get(algorithm) !== hex);
  return wrong === undefined ? null : { expected: wrong.hex, found: found.get(wrong.algorithm) ?? "" };
}
