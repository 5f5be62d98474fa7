/** Bytes from `from` up to, and without, `to`. */
export type Interval = Readonly<{ from: number; to: number }>;

/** What one connection is fetching. `received` runs ahead of `written`; `to` shrinks when another takes the end away. */
export type Piece = { readonly from: number; received: number; written: number; to: number; bytesPerSecond: number };

export type Segments = {
  /** The next piece for one of `idle` connections without work; null when there is none worth a connection. */
  claim(idle: number): Piece | null;
  /** Ends a piece; what of it is not written can be claimed again. */
  release(piece: Piece): void;
  /** What is written, in order and joined: safe to remember once the disk has it. */
  written(): Interval[];
  /** 0 while the size is unknown: then the only piece knows. */
  receivedBytes(): number;
  isComplete(): boolean;
};

export type SegmentOptions = {
  /** Infinity while the size is unknown. */
  total: number;
  /** What an earlier run has left. */
  written: readonly Interval[];
  /** Bytes per claim. Null: adaptive, an even share at first and half of the slowest's rest at the end. */
  blockBytes: number | null;
  /** Nothing smaller is split off: a request has to be worth its round trip. */
  splitBytesMin: number;
};

/** Who fetches what of one file. Each byte belongs to exactly one piece, one gap, or what is written. */
export function createSegments({ total, written, blockBytes, splitBytesMin }: SegmentOptions): Segments {
  let gaps = gapsBetween(written, total);
  const active = new Set<Piece>();

  const take = (gap: Interval, bytes: number): Piece => {
    const to = Math.min(gap.to, gap.from + bytes);
    gaps = gaps.flatMap((one) => (one !== gap ? [one] : to < gap.to ? [{ from: to, to: gap.to }] : []));
    return begin(gap.from, to);
  };
  const begin = (from: number, to: number): Piece => {
    const piece = { from, received: from, written: from, to, bytesPerSecond: 0 };
    active.add(piece);
    return piece;
  };
  const share = (idle: number): number => {
    if (blockBytes !== null) return blockBytes;
    return Math.max(splitBytesMin, Math.ceil(bytesIn(gaps) / Math.max(1, idle)));
  };

  return {
    claim(idle) {
      const gap = blockBytes === null ? largest(gaps) : gaps[0];
      if (gap !== undefined) return take(gap, share(idle));
      const slowest = blockBytes === null ? slowestOf(active, splitBytesMin) : undefined;
      if (slowest === undefined) return null;
      const { received, to } = slowest;
      slowest.to = received + Math.ceil((to - received) / 2);
      return begin(slowest.to, to);
    },
    release(piece) {
      if (!active.delete(piece) || piece.written >= piece.to) return;
      gaps = joined([...gaps, { from: piece.written, to: piece.to }]);
    },
    written() {
      const missing = joined([...gaps, ...[...active].map((piece) => ({ from: piece.written, to: piece.to }))]);
      return gapsBetween(missing, total);
    },
    receivedBytes() {
      if (!Number.isFinite(total)) return 0;
      return total - bytesIn(gaps) - bytesIn([...active].map(({ received, to }) => ({ from: received, to })));
    },
    isComplete: () => gaps.length === 0 && active.size === 0,
  };
}

/** What lies between `intervals` and the ends of the file. */
export function gapsBetween(intervals: readonly Interval[], total: number): Interval[] {
  const gaps: Interval[] = [];
  let from = 0;
  for (const one of joined(intervals)) {
    if (one.from > from) gaps.push({ from, to: one.from });
    from = Math.max(from, one.to);
  }
  if (from < total) gaps.push({ from, to: total });
  return gaps;
}

function joined(intervals: readonly Interval[]): Interval[] {
  const result: { from: number; to: number }[] = [];
  for (const { from, to } of intervals.toSorted((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (from >= to) continue;
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else result.push({ from, to });
  }
  return result;
}

const bytesIn = (intervals: readonly Interval[]): number => intervals.reduce((sum, { from, to }) => sum + to - from, 0);

const largest = (gaps: readonly Interval[]): Interval | undefined =>
  gaps.toSorted((a, b) => b.to - b.from - (a.to - a.from))[0];

/** The piece that would be done last. One without a speed yet has only just begun, or hangs: both rank by their rest. */
function slowestOf(active: ReadonlySet<Piece>, splitBytesMin: number): Piece | undefined {
  const rest = ({ received, to }: Piece) => to - received;
  const seconds = (piece: Piece) => rest(piece) / Math.max(1, piece.bytesPerSecond);
  return [...active].filter((piece) => rest(piece) >= 2 * splitBytesMin).toSorted((a, b) => seconds(b) - seconds(a))[0];
}
