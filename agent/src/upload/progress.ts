import type { PartRange } from "@modfleet/protocol";

/** Counts what is stored and what is on its way. A body that was cut takes its bytes back, so what is told can go down. */
export type UploadProgress = {
  /** Bytes that were acknowledged, those of earlier tries included. */
  readonly storedBytes: number;
  /** A plan says how much is stored already. */
  begin(storedBytes: number): void;
  sent(range: PartRange, bytes: number): void;
  stored(range: PartRange): void;
  finish(): void;
};

type Options = { bytes: number; onProgress: (progress: { bytes: number; total: number }) => void };

export function createUploadProgress({ bytes: total, onProgress }: Options): UploadProgress {
  const onTheWay = new Map<number, number>();
  let storedBytes = 0;
  let told = -1;

  const tell = (): void => {
    const bytes = [...onTheWay.values()].reduce((sum, sent) => sum + sent, storedBytes);
    if (bytes !== told) onProgress({ bytes, total });
    told = bytes;
  };
  return {
    get storedBytes() {
      return storedBytes;
    },
    begin(bytes) {
      onTheWay.clear();
      storedBytes = bytes;
      tell();
    },
    sent({ n }, bytes) {
      onTheWay.set(n, bytes);
      tell();
    },
    stored({ n, bytes }) {
      onTheWay.delete(n);
      storedBytes += bytes;
      tell();
    },
    finish() {
      onTheWay.clear();
      storedBytes = total;
      tell();
    },
  };
}
