import type { Piece } from "./segments.ts";
import type { Throttle } from "./throttle.ts";

export type DrainOptions = {
  /** Where the answer ends by its own words, exclusive. */
  sentTo: number;
  write(chunks: readonly Uint8Array[], position: number): Promise<void>;
  /** Called whenever bytes arrived. */
  onBytes(): void;
  throttle: Throttle | null;
  batchBytes: number;
  batchMs: number;
  lowSpeedBytes: number;
  lowSpeedMs: number;
  /** Milliseconds that never go back. */
  now: () => number;
  signal: AbortSignal;
};

export type Drained =
  /** Everything that was sent, or that is still ours of it. */
  | { kind: "done" }
  /** The server sent more than it said. */
  | { kind: "too_much" }
  | { kind: "slow" }
  | { kind: "broken"; error: unknown };

/**
 * Brings a body to the disk, batch by batch: while one is written the next one is collected, and then the server waits. What has
 * arrived is written however the body ends. Throws only what the disk throws.
 */
export async function drainBody(body: AsyncIterable<unknown>, piece: Piece, options: DrainOptions): Promise<Drained> {
  const batches = createBatches(piece, options);
  const pace = createPace(piece, options);
  const ended = await collect(body, piece, { ...options, batches, pace }).catch((error: unknown) => {
    if (error instanceof DiskError) throw error.cause;
    return { kind: "broken", error } as const;
  });
  if (ended.kind !== "too_much") await batches.flush();
  return ended;
}

type Collecting = DrainOptions & { batches: Batches; pace: Pace };

async function collect(body: AsyncIterable<unknown>, piece: Piece, options: Collecting): Promise<Drained> {
  const { batches, pace, sentTo, throttle, signal, onBytes } = options;
  for await (const chunk of body) {
    const bytes = toBytes(chunk);
    if (piece.received + bytes.length > sentTo) return { kind: "too_much" };
    const own = bytes.subarray(0, piece.to - piece.received);
    piece.received += own.length;
    onBytes();
    if (pace.isTooSlow(own.length)) return { kind: "slow" };
    // Waits for the disk and for our own limit are not the server's fault.
    await pace.outside(async () => {
      await throttle?.take(own.length, signal);
      await batches.add(own);
    });
    // The end of this piece went to another connection.
    if (piece.received >= piece.to && piece.to < sentTo) return { kind: "done" };
  }
  return { kind: "done" };
}

/** undici's body iterates as `any`; without an encoding set every chunk is a Buffer. */
function toBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  throw new TypeError("A body gave something else than bytes");
}

/** Tells what the disk threw from what the network threw. */
class DiskError extends Error {}

type Batches = { add(chunk: Uint8Array): Promise<void>; flush(): Promise<void> };

function createBatches(piece: Piece, { write, batchBytes, batchMs, now }: DrainOptions): Batches {
  let chunks: Uint8Array[] = [];
  let bytes = 0;
  let since = now();
  let writing: Promise<unknown> = Promise.resolve(null);

  const settled = async (): Promise<void> => {
    const failure = await writing;
    if (failure !== null) throw new DiskError("Could not write", { cause: failure });
  };
  const next = async (): Promise<void> => {
    await settled();
    const [batch, size] = [chunks, bytes];
    chunks = [];
    bytes = 0;
    since = now();
    writing = write(batch, piece.written).then(
      () => {
        piece.written += size;
        for (const chunk of batch) freeNow(chunk);
        return null;
      },
      (error: unknown) => error,
    );
  };
  return {
    async add(chunk) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= batchBytes || now() - since >= batchMs) await next();
    },
    async flush() {
      try {
        if (bytes > 0) await next();
        await settled();
      } catch (error) {
        throw error instanceof DiskError ? error.cause : error;
      }
    },
  };
}

/**
 * Gives a socket's buffer back at once. Left to the collector, which sees only small objects here, a fast download would pile up
 * a hundred megabytes of them. One that the chunk does not fill may have other users.
 */
function freeNow({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}

type Pace = { isTooSlow(bytes: number): boolean; outside(wait: () => Promise<void>): Promise<void> };

/** Measures what the server brings in the time that was spent waiting for it. */
function createPace(piece: Piece, { now, lowSpeedBytes, lowSpeedMs }: DrainOptions): Pace {
  const start = { at: now(), received: piece.received };
  let window = { waitedMs: 0, bytes: 0 };
  let waitingSince = start.at;
  return {
    isTooSlow(bytes) {
      const at = now();
      piece.bytesPerSecond = ((piece.received - start.received) * 1_000) / Math.max(1, at - start.at);
      window.waitedMs += at - waitingSince;
      window.bytes += bytes;
      waitingSince = at;
      if (window.waitedMs < lowSpeedMs) return false;
      const isSlow = window.bytes < lowSpeedBytes;
      window = { waitedMs: 0, bytes: 0 };
      return isSlow;
    },
    async outside(wait) {
      await wait();
      waitingSince = now();
    },
  };
}
