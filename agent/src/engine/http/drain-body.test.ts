import { describe, expect, test } from "vitest";
import { type DrainOptions, drainBody } from "./drain-body.ts";
import type { Piece } from "./segments.ts";

const aPiece = (from: number, to: number): Piece => ({ from, received: from, written: from, to, bytesPerSecond: 0 });

/** A disk that keeps what is written, and a clock that moves by one millisecond with each look. */
function aDrain(changes: Partial<DrainOptions> = {}) {
  const disk = new Map<number, string>();
  let ms = 0;
  const options: DrainOptions = {
    sentTo: 100,
    write: async (chunks, position) => void disk.set(position, Buffer.concat(chunks).toString()),
    onBytes: () => undefined,
    throttle: null,
    ...{ batchBytes: 10, batchMs: 1_000_000, lowSpeedBytes: 0, lowSpeedMs: 1_000_000 },
    now: () => {
      ms += 1;
      return ms;
    },
    signal: new AbortController().signal,
    ...changes,
  };
  return { disk, options };
}

async function* bodyOf(...chunks: (string | Error)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) {
    if (chunk instanceof Error) throw chunk;
    yield new TextEncoder().encode(chunk);
  }
}

describe("drainBody()", () => {
  test("drainBody() writes in batches at their place", async () => {
    const { disk, options } = aDrain({ sentTo: 29 });
    const piece = aPiece(4, 29);

    const end = await drainBody(bodyOf("abcde", "fghij", "klmno", "pqrst", "uvwxy"), piece, options);

    expect(end).toEqual({ kind: "done" });
    expect([...disk]).toEqual([
      [4, "abcdefghij"],
      [14, "klmnopqrst"],
      [24, "uvwxy"],
    ]);
    expect(piece.written).toBe(29);
  });

  test("drainBody() writes what came before a break", async () => {
    const { disk, options } = aDrain();
    const piece = aPiece(0, 100);

    const end = await drainBody(bodyOf("abc", new Error("broken")), piece, options);

    expect(end).toMatchObject({ kind: "broken", error: { message: "broken" } });
    expect([[...disk], piece.written]).toEqual([[[0, "abc"]], 3]);
  });

  test("drainBody() stops where another connection has taken the rest", async () => {
    const { disk, options } = aDrain();
    const piece = aPiece(0, 100);
    const onBytes = () => {
      piece.to = 7;
    };

    const end = await drainBody(bodyOf("abcde", "fghij", "klmno"), piece, { ...options, onBytes });

    expect(end).toEqual({ kind: "done" });
    expect([...disk]).toEqual([[0, "abcdefg"]]);
  });

  test("drainBody() takes nothing beyond what was announced", async () => {
    const { options } = aDrain({ sentTo: 4 });
    const piece = aPiece(0, 4);

    expect(await drainBody(bodyOf("abcde"), piece, options)).toEqual({ kind: "too_much" });
    expect(piece.written).toBe(0);
  });

  test("drainBody() throws what the disk throws, and writes no more", async () => {
    let writes = 0;
    const write = async (): Promise<void> => {
      writes += 1;
      throw new Error("ENOSPC");
    };
    const { options } = aDrain({ write });

    const chunks = ["0123456789", "0123456789", "0123456789"];
    await expect(drainBody(bodyOf(...chunks), aPiece(0, 100), options)).rejects.toThrow("ENOSPC");
    await expect(drainBody(bodyOf("0123456789", "rest"), aPiece(0, 100), options)).rejects.toThrow("ENOSPC");
    expect(writes).toBe(2);
  });

  test("drainBody() lets the server wait while the disk is busy", async () => {
    const gate = Promise.withResolvers<void>();
    let taken = 0;
    const body = async function* (): AsyncGenerator<Uint8Array> {
      for (; taken < 10; taken += 1) yield new Uint8Array(10);
    };
    const { options } = aDrain({ write: () => gate.promise });

    const end = drainBody(body(), aPiece(0, 100), options);
    for (let turn = 0; turn < 100; turn += 1) await Promise.resolve();
    const takenWhileBusy = taken;
    gate.resolve();
    await end;

    expect([takenWhileBusy, taken]).toEqual([1, 10]);
  });

  test("drainBody() gives up a server that is slow, not one that waits for us", async () => {
    const clock = { ms: 0 };
    const slowly = async function* (waitMs: number): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 10; i += 1) {
        clock.ms += waitMs;
        yield new Uint8Array(1);
      }
    };
    const limits = { now: () => clock.ms, lowSpeedBytes: 5, lowSpeedMs: 100, sentTo: 10 };
    const throttle = {
      take: async () => {
        clock.ms += 1_000;
      },
    };

    const slow = await drainBody(slowly(50), aPiece(0, 10), aDrain(limits).options);
    const throttled = await drainBody(slowly(1), aPiece(0, 10), aDrain({ ...limits, throttle }).options);

    expect([slow.kind, throttled.kind]).toEqual(["slow", "done"]);
  });
});
