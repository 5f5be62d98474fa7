import { Buffer } from "node:buffer";
import { type Bencoded, readBencode } from "../bencode.ts";
import type { Announced, Announcement } from "./announcement.ts";
import { get, type Reach, readBody } from "./reach.ts";

/** Tells an HTTP tracker about us (BEP 3, BEP 23, BEP 7). Throws when it refuses, or answers nonsense. */
export async function announceHttp(
  tracker: string,
  { event, infoHash, peerId, ...numbers }: Announcement,
  { reach, bytesMax, signal }: { reach: Reach; bytesMax: number; signal: AbortSignal },
): Promise<Announced> {
  const { port, uploaded, downloaded, left, wanted } = numbers;
  const query = [
    `info_hash=${percents(infoHash)}&peer_id=${percents(peerId)}&port=${port}`,
    `uploaded=${uploaded}&downloaded=${downloaded}&left=${left}&numwant=${wanted}&compact=1`,
    ...(event === null ? [] : [`event=${event}`]),
  ].join("&");
  const url = `${tracker}${tracker.includes("?") ? "&" : "?"}${query}`;
  return get(reach, { url, headers: {}, signal }, async (response) => {
    if (response.statusCode !== 200) throw new Error(`It answered ${response.statusCode}`);
    return readAnnounced(await readBody(response, bytesMax));
  });
}

const percents = (hex: string): string => hex.replace(/../g, "%$&");

/** Reads an HTTP tracker's answer. Pure. */
export function readAnnounced(bytes: Buffer): Announced {
  const { value } = readBencode(bytes);
  if (!(value instanceof Map)) throw new Error("It answered nonsense");
  const reason = value.get("failure reason");
  if (reason !== undefined)
    throw new Error(Buffer.isBuffer(reason) ? reason.toString("utf8").slice(0, 200) : "It refuses");
  const interval = value.get("interval");
  return {
    intervalMs: typeof interval === "number" && interval > 0 ? interval * 1_000 : null,
    peers: [...peersIn(value.get("peers"), 4), ...peersIn(value.get("peers6"), 16)],
  };
}

function peersIn(value: Bencoded | undefined, addressBytes: 4 | 16): string[] {
  if (Buffer.isBuffer(value)) return compactPeers(value, addressBytes);
  if (!Array.isArray(value)) return [];
  return value.flatMap((peer) => {
    const [ip, port] = peer instanceof Map ? [peer.get("ip"), peer.get("port")] : [];
    if (!Buffer.isBuffer(ip) || typeof port !== "number") return [];
    const host = ip.toString("latin1");
    return [host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`];
  });
}

/** Addresses and ports, one after the other, in network order. */
export function compactPeers(bytes: Buffer, addressBytes: 4 | 16): string[] {
  const step = addressBytes + 2;
  return Array.from({ length: Math.floor(bytes.length / step) }, (_, at) => {
    const address = bytes.subarray(at * step, at * step + addressBytes);
    const port = bytes.readUInt16BE(at * step + addressBytes);
    if (addressBytes === 4) return `${address.join(".")}:${port}`;
    const words = Array.from({ length: 8 }, (__, word) => address.readUInt16BE(word * 2).toString(16));
    return `[${words.join(":")}]:${port}`;
  });
}
