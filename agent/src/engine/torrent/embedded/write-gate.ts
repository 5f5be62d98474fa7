/** Bytes on their way to the disk, of all torrents of this process. */
export type WriteGate = {
  /** Counts `bytes` until `work` has ended, and answers with what it answers. */
  hold<T>(bytes: number, work: Promise<T>): Promise<T>;
  /** Calls `go` at once, or when the disk has caught up. */
  whenOpen(go: () => void): void;
};

/** WebTorrent reads from peers however slow the disk is, and what is not written yet is memory. */
export function createWriteGate(bytesMax: number): WriteGate {
  let held = 0;
  let waiting: (() => void)[] = [];
  const leave = (bytes: number): void => {
    held -= bytes;
    if (held > bytesMax) return;
    const ready = waiting;
    waiting = [];
    for (const go of ready) go();
  };
  return {
    hold(bytes, work) {
      held += bytes;
      return work.finally(() => leave(bytes));
    },
    whenOpen(go) {
      if (held <= bytesMax) go();
      else waiting.push(go);
    },
  };
}

const MIB = 1024 ** 2;

/** One for the process, as there is one class of connections. */
export const processGate: WriteGate = createWriteGate(24 * MIB);
