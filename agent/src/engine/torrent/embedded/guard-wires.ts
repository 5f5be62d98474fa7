import type { Wire } from "webtorrent/lib/webconn.js";
import { BencodeError, bencodedLength } from "../bencode.ts";
import type { EmbeddedLimits } from "./limits.ts";

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
  const { _processBuffer, _onMessageLength, _onRequest, _onExtended } = prototype;
  const hangUp = (wire: Wire): void => {
    wire._parse(Number.MAX_VALUE, () => undefined);
    wire.destroy();
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
  prototype._onExtended = function (this: Wire, extension, bytes) {
    if (isReadable(extension === 0 ? "ut_metadata" : this.extendedMapping[extension], bytes)) {
      _onExtended.call(this, extension, bytes);
    } else hangUp(this);
  };
}

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
