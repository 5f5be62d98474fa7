import type { Sha256 } from "@modfleet/protocol";

export type HotBlobsOptions = {
  /** All of a blob; null when it is gone. */
  read: (sha256: Sha256) => Promise<Uint8Array<ArrayBuffer> | null>;
  /** Largest blob that is kept, and what all together may take. */
  blobBytesMax: number;
  bytesMax: number;
};

export type HotBlobs = {
  /** The bytes of a small blob that is asked for again and again; null for all others. */
  get(sha256: Sha256, bytes: number): Promise<Uint8Array<ArrayBuffer> | null>;
};

/** Blobs that were asked for once, to know the second time. */
const REMEMBERED_MAX = 1_000;

/** Keeps small blobs in memory from the second time on, those used last. They never change, so neither does what is kept. */
export function createHotBlobs({ read, blobBytesMax, bytesMax }: HotBlobsOptions): HotBlobs {
  const asked = new Set<Sha256>();
  const kept = new Map<Sha256, Promise<Uint8Array<ArrayBuffer> | null>>();
  const sizes = new Map<Sha256, number>();
  let total = 0;

  const forget = (sha256: Sha256): void => {
    kept.delete(sha256);
    total -= sizes.get(sha256) ?? 0;
    sizes.delete(sha256);
  };
  const keep = (sha256: Sha256, bytes: number): Promise<Uint8Array<ArrayBuffer> | null> => {
    const blob = read(sha256).catch(() => null);
    kept.set(sha256, blob);
    sizes.set(sha256, bytes);
    total += bytes;
    for (const oldest of kept.keys()) {
      if (total <= bytesMax) break;
      forget(oldest);
    }
    void blob.then((content) => {
      if (content?.length !== bytes && kept.get(sha256) === blob) forget(sha256);
    });
    return blob;
  };
  const isAskedAgain = (sha256: Sha256): boolean => {
    if (asked.delete(sha256)) return true;
    asked.add(sha256);
    for (const oldest of asked) {
      if (asked.size <= REMEMBERED_MAX) break;
      asked.delete(oldest);
    }
    return false;
  };

  return {
    async get(sha256, bytes) {
      if (bytes > blobBytesMax) return null;
      const known = kept.get(sha256);
      if (known === undefined) return isAskedAgain(sha256) ? whole(await keep(sha256, bytes), bytes) : null;
      // The one used last goes last.
      kept.delete(sha256);
      kept.set(sha256, known);
      return whole(await known, bytes);
    },
  };
}

function whole(content: Uint8Array<ArrayBuffer> | null, bytes: number): Uint8Array<ArrayBuffer> | null {
  return content?.length === bytes ? content : null;
}
