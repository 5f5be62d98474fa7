import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createSegments, gapsBetween, type Interval, type Piece } from "./segments.ts";

const fresh = { total: 1_000, written: [], blockBytes: null, splitBytesMin: 10 };
const boundsOf = (piece: Piece | null) => piece && [piece.from, piece.to];

function claimed(piece: Piece | null): Piece {
  if (piece === null) throw new Error("Nothing to claim");
  return piece;
}

function finish(piece: Piece): void {
  piece.received = piece.to;
  piece.written = piece.to;
}

describe("claim()", () => {
  test("claim() gives every connection an even share at first", () => {
    const segments = createSegments(fresh);

    const shares = [4, 3, 2, 1].map((idle) => boundsOf(segments.claim(idle)));

    expect(shares.map((share) => share?.join("-")).toSorted()).toEqual(["0-250", "250-500", "500-750", "750-1000"]);
  });

  test("claim() gives a finished connection half of the slowest's rest", () => {
    const segments = createSegments(fresh);
    const [quick, slow, other] = [3, 2, 1].map((idle) => claimed(segments.claim(idle)));
    if (!quick || !slow || !other) throw new Error("Three were claimed");
    finish(quick);
    segments.release(quick);
    Object.assign(slow, { received: slow.from + 33, bytesPerSecond: 1 });
    Object.assign(other, { bytesPerSecond: 1_000 });
    const end = slow.to;

    const taken = segments.claim(1);

    expect(boundsOf(taken)).toEqual([slow.from + 33 + 150, end]);
    expect(slow.to).toBe(taken?.from);
  });

  test("claim() splits nothing that is not worth a request", () => {
    const segments = createSegments({ ...fresh, total: 19 });
    segments.claim(1);

    expect(segments.claim(1)).toBeNull();
  });

  test("claim() goes through a file in blocks and never shortens one", () => {
    const segments = createSegments({ ...fresh, blockBytes: 400 });

    const blocks = [1, 1, 1, 1].map((idle) => boundsOf(segments.claim(idle)));

    expect(blocks).toEqual([[0, 400], [400, 800], [800, 1_000], null]);
  });

  test("claim() leaves out what an earlier run has written", () => {
    const segments = createSegments({
      ...fresh,
      written: [
        { from: 0, to: 300 },
        { from: 500, to: 1_000 },
      ],
    });

    expect(boundsOf(segments.claim(1))).toEqual([300, 500]);
    expect(segments.receivedBytes()).toBe(800);
  });

  test("claim() gives a file of unknown size as one piece", () => {
    const segments = createSegments({ ...fresh, total: Number.POSITIVE_INFINITY });

    expect(boundsOf(segments.claim(1))).toEqual([0, Number.POSITIVE_INFINITY]);
  });
});

type Step = { act: "claim" | "receive" | "write" | "release"; pick: number; bytes: number };
const steps = fc.array(
  fc.record<Step>({
    act: fc.constantFrom("claim", "receive", "write", "release"),
    pick: fc.nat(20),
    bytes: fc.integer({ min: 1, max: 700 }),
  }),
  { maxLength: 120 },
);
const options = fc.record({
  total: fc.integer({ min: 0, max: 5_000 }),
  blockBytes: fc.option(fc.integer({ min: 1, max: 900 })),
  splitBytesMin: fc.integer({ min: 1, max: 200 }),
  written: fc.array(fc.tuple(fc.nat(5_000), fc.nat(500)), { maxLength: 5 }),
});

type Options = typeof options extends fc.Arbitrary<infer T> ? T : never;

/** Plays connections that come, go and break, and remembers which byte was written by whom. */
function play({ total, written, ...rest }: Options, script: readonly Step[]) {
  const before = written
    .map(([from, length]) => ({ from, to: Math.min(total, from + length) }))
    .filter(({ from, to }) => from < to);
  const segments = createSegments({ ...rest, total, written: before });
  const writes = new Uint8Array(total);
  for (const { from, to } of before) writes.fill(1, from, to);
  const active: Piece[] = [];
  const write = (piece: Piece, to: number): void => {
    for (let at = piece.written; at < to; at += 1) writes[at] = (writes[at] ?? 0) + 1;
    piece.written = to;
  };
  const act = ({ act, pick, bytes }: Step): void => {
    const piece = active[pick % Math.max(1, active.length)];
    if (act === "claim") {
      const next = segments.claim(1 + (pick % 4));
      if (next !== null) active.push(next);
    } else if (piece === undefined) return;
    else if (act === "receive") piece.received = Math.min(piece.to, piece.received + bytes);
    else if (act === "write") write(piece, piece.received);
    else {
      segments.release(piece);
      active.splice(active.indexOf(piece), 1);
    }
  };
  for (const step of script) act(step);
  return { segments, writes, active, write };
}

const bytesOf = (intervals: readonly Interval[], total: number): Uint8Array => {
  const bytes = new Uint8Array(total);
  for (const { from, to } of intervals) bytes.fill(1, from, to);
  return bytes;
};

describe("createSegments() whatever connections do", () => {
  test("written() is exactly what was written, nothing more", () => {
    fc.assert(
      fc.property(options, steps, (given, script) => {
        const { segments, writes } = play(given, script);

        expect(bytesOf(segments.written(), given.total)).toEqual(writes.map((times) => Math.min(1, times)));
      }),
    );
  });

  test("claim() hands out every missing byte once, until the file is complete", () => {
    fc.assert(
      fc.property(options, steps, (given, script) => {
        const { segments, writes, active, write } = play(given, script);
        for (const piece of active) segments.release(piece);
        for (let piece = segments.claim(1); piece !== null; piece = segments.claim(1)) {
          write(piece, piece.to);
          piece.received = piece.to;
          segments.release(piece);
        }

        expect(segments.isComplete()).toBe(true);
        expect(writes.every((times) => times === 1)).toBe(true);
        expect(segments.receivedBytes()).toBe(given.total);
      }),
    );
  });
});

test("gapsBetween() is undone by itself", () => {
  const intervals = fc.array(fc.tuple(fc.nat(99), fc.nat(30)), { maxLength: 6 });
  fc.assert(
    fc.property(intervals, (pairs) => {
      const given = pairs.map(([from, length]) => ({ from, to: Math.min(100, from + length) }));

      const twice = gapsBetween(gapsBetween(given, 100), 100);

      expect(bytesOf(twice, 100)).toEqual(bytesOf(given, 100));
    }),
  );
});
