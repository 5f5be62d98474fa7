import { stat } from "node:fs/promises";

/** A file that is not ours: whoever owns it may change or remove it at any time. */
export type OutsideFile = {
  bytes: number;
  /** Milliseconds UTC, whatever is below one cut off. */
  modifiedAt: number;
  /** Another one for every change: an entity tag without its quotes. */
  tag: string;
};

/** What is true about the file now; null when it cannot be read, for whatever reason, or is none. */
export async function outsideFile(path: string): Promise<OutsideFile | null> {
  const stats = await stat(path, { bigint: true }).catch(() => null);
  if (stats === null || !stats.isFile()) return null;
  return {
    bytes: Number(stats.size),
    modifiedAt: Number(stats.mtimeNs / 1_000_000n),
    tag: `${stats.size.toString(16)}-${stats.mtimeNs.toString(16)}`,
  };
}
