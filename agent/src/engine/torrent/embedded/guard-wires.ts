import type { Wire } from "webtorrent/lib/webconn.js";
import { BencodeError, bencodedLength } from "../bencode.ts";
import type { EmbeddedLimits } from "./limits.ts";
import { processGate } from "./write-gate.ts";

const hardened = new WeakSet<object>();
/** Extensions whose messages begin with bencode. */
const BENCODED = new Set(["ut_metadata", "ut_pex"]);
const EXTENDED_BYTES_MAX = 256 * 1024;

/**
 * Makes every connection of this process bear what a hostile peer sends. The library throws in the middle of a stream for some
 * messages, which ends the process; takes messages of 2 GiB; never gets out of a bencoded string of negative length; and answers those
 * who never read. It offers no hook that comes before the handshake has been answered, so its methods are wrapped.
 */
export function hardenWires(prototype: Wire, limits: EmbeddedLimits): void {
  if (hardened.has(prototype)) return;
  hardened.add(prototype);
  const { _write, _processBuffer, _onMessageLength, _onRequest, _onHave, _onExtended } = prototype;
  const hangUp = (wire: Wire): void => {
    wire._parse(Number.MAX_VALUE, () => undefined);
    wire.destroy();
  };

  prototype._write = function (this: Wire, bytes, done) {
    _write.call(this, bytes, (error) => processGate.whenOpen(() => done(error)));
  };
  prototype._processBuffer = function (this: Wire) {
    try {
      _processBuffer.call(this);
    } catch {
      hangUp(this);
    }
  };
  prototype._onMessageLength = function (this: Wire, bytes) {
    const length = Buffer.from(bytes.buffer, bytes.byteOffset, 4).readUInt32BE();
    // A web seed is ours, and answers with whole pieces.
    const isTooLong = length > limits.messageBytesMax && this.type !== "webSeed";
    if (isTooLong || this._readableState.buffered > limits.sendBytesMax) hangUp(this);
    else _onMessageLength.call(this, bytes);
  };
  prototype._onRequest = function (this: Wire, ...request) {
    if (this.peerRequests.length >= limits.requestsBearable) hangUp(this);
    else _onRequest.apply(this, request);
  };
  prototype._onHave = function (this: Wire, index) {
    if (isPiece(this, index)) _onHave.call(this, index);
    else hangUp(this);
  };
  // Only a hint; for a piece that does not exist the library throws later, where nobody catches it.
  prototype._onAllowedFast = () => undefined;
  prototype._onExtended = function (this: Wire, extension, bytes) {
    const name = extension === 0 ? "ut_metadata" : this.extendedMapping[extension];
    if (isReadable(name, bytes) && (name !== "lt_donthave" || isPiece(this, indexIn(bytes)))) {
      _onExtended.call(this, extension, bytes);
    } else hangUp(this);
  };
}

const pieceCounts = new WeakMap<Wire, number>();

/** Hangs up on who has pieces that do not exist: the library would keep a note of each. 0: it is not known yet how many there are. */
export function limitPieces(wire: Wire, count: number): void {
  if (count > 0) pieceCounts.set(wire, count);
}

const PIECES_MAX = 1_000_000;
const isPiece = (wire: Wire, index: number): boolean => index >= 0 && index < (pieceCounts.get(wire) ?? PIECES_MAX);

const indexIn = (bytes: Uint8Array): number =>
  bytes.length === 4 ? Buffer.from(bytes.buffer, bytes.byteOffset, 4).readUInt32BE() : -1;

function isReadable(name: string | undefined, bytes: Uint8Array): boolean {
  if (bytes.length > EXTENDED_BYTES_MAX) return false;
  if (name === undefined || !BENCODED.has(name)) return true;
  try {
    return bencodedLength(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)) > 0;
  } catch (error) {
    if (error instanceof BencodeError) return false;
    throw error;
  }
}
