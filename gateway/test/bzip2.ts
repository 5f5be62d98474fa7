import { readFileSync } from "node:fs";
import { z } from "zod";

/** Zips and streams that Python's zipfile and bz2 made, as PyTorrent did. */
export function bzip2Fixture(name: string): Buffer {
  return readFileSync(new URL(`./fixtures/bzip2/${name}`, import.meta.url));
}

const Contents = z.record(z.string(), z.record(z.string(), z.tuple([z.number(), z.string()])));

/** What is in one of the zips, in the order of their paths' characters. */
export function bzip2Contents(name: string): { path: string; size: number; sha256: string }[] {
  const all = Contents.parse(JSON.parse(bzip2Fixture("contents.json").toString()));
  return Object.entries(all[name] ?? {})
    .map(([path, [size, sha256]]) => ({ path, size, sha256 }))
    .sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}

/** What `blocks.bz2` holds: three blocks. */
export const BLOCKS = Buffer.concat(
  Array.from({ length: 1_900 }, () =>
    Buffer.concat([Buffer.from(Array.from({ length: 1_024 }, (_, i) => i % 256)), Buffer.from("the same again ")]),
  ),
);
