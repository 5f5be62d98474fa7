/** A buffer of at least this size never comes from Node's pool, so it can be freed. */
export const FREEABLE_BYTES = Buffer.poolSize + 1;

/**
 * Gives the memory of `bytes` back at once; they are empty afterwards. The collector sees only small objects here and lets hundreds
 * of megabytes of buffers pile up behind them. Does nothing for a slice of Node's pool, which others share.
 */
export function free(bytes: Uint8Array): void {
  const { buffer } = bytes;
  const isOwner = bytes.length === buffer.byteLength || buffer.byteLength >= FREEABLE_BYTES;
  if (isOwner && buffer instanceof ArrayBuffer) buffer.transfer(0);
}
