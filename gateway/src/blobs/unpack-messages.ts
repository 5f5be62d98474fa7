/** What the thread is told at its start: where in the file the entry's data are, and what comes out of them. */
export type UnpackInput = {
  path: string;
  start: number;
  compressed: number;
  size: number;
  crc: number;
  /** One 32-bit integer: how many chunks are wanted. */
  credits: SharedArrayBuffer;
};

export type FromUnpacker = { type: "chunk"; chunk: Uint8Array } | { type: "end" } | { type: "failed"; reason: string };

/** A reader that takes nothing for so long is given up, so that the thread is free for others. */
export const CREDIT_WAIT_MS = 60_000;
