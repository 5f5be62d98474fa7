import { setTimeout as delay } from "node:timers/promises";
import type { FailureReport } from "@modfleet/protocol";
import type { Reach } from "./ask-source.ts";
import { fetchPiece, type PieceEnd } from "./fetch-piece.ts";
import type { PartFile, PartState } from "./part-file.ts";
import { createSegments, type Interval, type Piece, type Segments } from "./segments.ts";
import { createSourcePool, type Source, type SourcePool } from "./source-pool.ts";
import type { Throttle } from "./throttle.ts";

export type TransferOptions = Reach & {
  /** The first one describes the file; all of them have the same bytes. */
  sources: readonly [Source, ...Source[]];
  part: PartFile;
  /** Null: nothing of it could be resumed, so nothing is remembered and it comes over one connection. */
  state: PartState | null;
  written: readonly Interval[];
  connections: number;
  blockBytes: number | null;
  maxBytes: number;
  acceptPages: boolean;
  throttle: Throttle | null;
  onProgress(progress: { bytes: number; connections: number }): void;
  /** Milliseconds that never go back. */
  now: () => number;
  signal: AbortSignal;
};

export type TransferEnd =
  | { kind: "complete"; bytes: number }
  | { kind: "changed" }
  | { kind: "unranged" }
  | { kind: "too_large" }
  | { kind: "failed"; failure: FailureReport }
  | { kind: "aborted" };

type Stop = Extract<TransferEnd, { kind: "changed" | "unranged" | "too_large" }>;

type Transfer = Omit<TransferOptions, "written"> & {
  segments: Segments;
  pool: SourcePool;
  /** Connections with a piece, and those whose answer has come. */
  working: number;
  open: number;
  /** Bytes of a file without a size. */
  streamed: number;
  /** Resolves as soon as one connection has seen that ranges work, or knows that they will not be needed. */
  proof: PromiseWithResolvers<void>;
  /** Sends all connections home; without a reason because the file is complete. */
  stop(why: Stop | null): void;
};

/** Fetches everything that `written` lacks over up to `connections` connections. Throws only what the disk throws. */
export async function transferFile(options: TransferOptions): Promise<TransferEnd> {
  const { limits, now, sources, signal, state } = options;
  const own = new AbortController();
  let stopped: Stop | null = null;
  const transfer: Transfer = {
    ...options,
    connections: state === null ? 1 : options.connections,
    signal: AbortSignal.any([signal, own.signal]),
    segments: segmentsOf(options, options.written),
    pool: createSourcePool(sources, limits, now),
    ...{ working: 0, open: 0, streamed: 0 },
    proof: Promise.withResolvers<void>(),
    stop(why) {
      stopped ??= why;
      own.abort();
    },
  };
  if (sources[0].file.ranges === true) transfer.proof.resolve();
  const saving = saveNowAndThen(transfer).then(
    () => null,
    (error: unknown) => {
      own.abort();
      return { error };
    },
  );
  try {
    await allOrAbort(transfer, own);
  } finally {
    own.abort();
    await saving;
  }
  const unsaved = await saving;
  if (unsaved !== null) throw unsaved.error;
  if (stopped !== null) return stopped;
  if (transfer.segments.isComplete()) return { kind: "complete", bytes: bytesOf(transfer) };
  if (state !== null) await options.part.checkpoint({ ...state, written: transfer.segments.written() });
  if (signal.aborted) return { kind: "aborted" };
  return { kind: "failed", failure: transfer.pool.failure() ?? { code: "internal", detail: "No source was left" } };
}

function segmentsOf(options: TransferOptions | Transfer, written: readonly Interval[]): Segments {
  const { sources, blockBytes, limits } = options;
  const total = sources[0].file.total ?? Number.POSITIVE_INFINITY;
  const block = options.state === null ? null : blockBytes;
  return createSegments({ total, written, blockBytes: block, splitBytesMin: limits.splitBytesMin });
}

/** The first error of any connection ends all of them; it is thrown when none of them touches the disk any more. */
async function allOrAbort(transfer: Transfer, own: AbortController): Promise<void> {
  const connections = Array.from({ length: transfer.connections }, async (_, index) => {
    try {
      if (index > 0) await transfer.proof.promise;
      await work(transfer);
    } catch (error) {
      own.abort();
      // Waits end like this when somebody else has stopped the transfer.
      if (!isAbort(error, transfer.signal)) throw error;
    } finally {
      transfer.proof.resolve();
    }
  });
  const results = await Promise.allSettled(connections);
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

const isAbort = (error: unknown, signal: AbortSignal): boolean =>
  error === signal.reason || (error instanceof Error && error.name === "AbortError");

/** One connection's life: a source, a seat at its host, a piece, again. */
async function work(transfer: Transfer): Promise<void> {
  const { pool, seats, limits, signal } = transfer;
  for (let source = pool.pick(); source !== null && !signal.aborted; source = pool.pick()) {
    const waitMs = pool.waitMs(source);
    if (waitMs > 0) await delay(waitMs, undefined, { signal });
    const seat = await seats.take(new URL(source.address).host, limits.hostConnectionsMax, signal);
    try {
      const piece = transfer.segments.claim(transfer.connections - transfer.working);
      if (piece === null) return;
      const before = piece.received;
      const end = await onePiece(transfer, { source, piece, seat });
      if (stopsAll(transfer, end)) return;
      const grew = transfer.state !== null && piece.received > before;
      if (pool.report(source, end, grew) === "leave") return;
    } finally {
      seat.leave();
    }
  }
}

type Task = { source: Source; piece: Piece; seat: Awaited<ReturnType<Reach["seats"]["take"]>> };

async function onePiece(transfer: Transfer, { source, piece, seat }: Task): Promise<PieceEnd> {
  const { file } = source;
  const isWhole = piece.received === 0 && piece.to === (file.total ?? Number.POSITIVE_INFINITY);
  const range = isWhole || transfer.state === null ? null : { from: piece.received, to: piece.to };
  let isOpen = false;
  transfer.working += 1;
  source.active += 1;
  try {
    return await fetchPiece(piece, {
      ...transfer,
      ...{ address: source.address, file, range, seat },
      onAnswer({ url }) {
        isOpen = true;
        transfer.open += 1;
        source.address = url.href;
        if (range !== null) transfer.proof.resolve();
      },
      drain: { ...drainOptions(transfer), onBytes: () => noteBytes(transfer, piece) },
    });
  } finally {
    transfer.working -= 1;
    source.active -= 1;
    if (isOpen) transfer.open -= 1;
    transfer.segments.release(piece);
    if (transfer.state === null && !transfer.segments.isComplete()) transfer.segments = segmentsOf(transfer, []);
  }
}

function drainOptions({ part, throttle, limits, connections, now }: Transfer) {
  const { batchMs, lowSpeedBytes, lowSpeedMs } = limits;
  const batchBytes = Math.max(64 * 1024, Math.floor(limits.batchBytes / connections));
  return { write: part.write, throttle, batchBytes, batchMs, lowSpeedBytes, lowSpeedMs, now };
}

function noteBytes(transfer: Transfer, piece: Piece): void {
  if (transfer.sources[0].file.total === null) transfer.streamed = piece.received;
  const bytes = bytesOf(transfer);
  if (bytes > transfer.maxBytes) transfer.stop({ kind: "too_large" });
  else transfer.onProgress({ bytes, connections: transfer.open });
}

const bytesOf = ({ sources, segments, streamed }: Transfer): number =>
  sources[0].file.total === null ? streamed : segments.receivedBytes();

function stopsAll(transfer: Transfer, end: PieceEnd): boolean {
  if (transfer.segments.isComplete()) transfer.stop(null);
  else if (end.kind === "changed" || end.kind === "unranged") transfer.stop(end);
  else return false;
  return true;
}

async function saveNowAndThen({ part, segments, state, limits, signal }: Transfer): Promise<void> {
  while (state !== null && !signal.aborted) {
    await delay(limits.checkpointMs, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) await part.checkpoint({ ...state, written: segments.written() });
  }
}
