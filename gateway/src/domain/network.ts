import { BlockList, isIPv4, isIPv6 } from "node:net";

const PRIVATE = new BlockList();
PRIVATE.addSubnet("10.0.0.0", 8, "ipv4");
PRIVATE.addSubnet("127.0.0.0", 8, "ipv4");
PRIVATE.addSubnet("169.254.0.0", 16, "ipv4");
PRIVATE.addSubnet("172.16.0.0", 12, "ipv4");
PRIVATE.addSubnet("192.168.0.0", 16, "ipv4");
PRIVATE.addAddress("::1", "ipv6");
PRIVATE.addSubnet("fc00::", 7, "ipv6");
PRIVATE.addSubnet("fe80::", 10, "ipv6");

/** IPv4 in dotted form (also out of an IPv4-mapped IPv6 address), or the eight groups of an IPv6 address. */
type Parsed = { version: 4; text: string } | { version: 6; groups: readonly string[] };

/**
 * What counts as one public address (PROTOCOL section 10): an IPv4 address as it is, the /64 of an IPv6 address, because
 * one household owns all of it. Null for anything that is no address.
 */
export function networkOf(address: string): string | null {
  const parsed = parseAddress(address);
  if (parsed === null) return null;
  return parsed.version === 4 ? parsed.text : `${parsed.groups.slice(0, 4).join(":")}::/64`;
}

/** This machine itself. */
export function isLoopbackAddress(address: string): boolean {
  const parsed = parseAddress(address);
  if (parsed === null) return false;
  return parsed.version === 4 ? parsed.text.startsWith("127.") : parsed.groups.join(":") === "0:0:0:0:0:0:0:1";
}

/** Loopback, link-local and private ranges: the places where a reverse proxy of the operator stands. */
export function isPrivateAddress(address: string): boolean {
  const parsed = parseAddress(address);
  if (parsed === null) return false;
  return parsed.version === 4 ? PRIVATE.check(parsed.text, "ipv4") : PRIVATE.check(parsed.groups.join(":"), "ipv6");
}

/**
 * The address a request comes from. `X-Forwarded-For` is believed only when the peer is loopback or private, and then only
 * the last public entry: it was written by the proxy, everything left of it by whoever asked.
 */
export function clientAddress(peer: string, forwardedFor: string | null): string {
  if (forwardedFor === null || !isPrivateAddress(peer)) return peer;
  let nearest = peer;
  for (const entry of forwardedFor.split(",").toReversed()) {
    const address = entry.trim();
    if (parseAddress(address) === null) return nearest;
    nearest = address;
    if (!isPrivateAddress(address)) return nearest;
  }
  return nearest;
}

function parseAddress(address: string): Parsed | null {
  const [bare = ""] = address.replace(/^\[(.*)\]$/, "$1").split("%");
  if (isIPv4(bare)) return { version: 4, text: bare };
  if (!isIPv6(bare)) return null;
  const groups = ipv6Groups(bare);
  const mapped = groups.slice(0, 6).join(":") === "0:0:0:0:0:ffff";
  return mapped ? { version: 4, text: dotted(groups.slice(6)) } : { version: 6, groups };
}

/** The URL parser writes every spelling of an IPv6 address in its one short form. */
function ipv6Groups(address: string): string[] {
  const short = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = "", tail] = short.split("::");
  const left = head === "" ? [] : head.split(":");
  if (tail === undefined) return left;
  const right = tail === "" ? [] : tail.split(":");
  return [...left, ...Array<string>(8 - left.length - right.length).fill("0"), ...right];
}

function dotted(groups: readonly string[]): string {
  return groups
    .map((group) => Number.parseInt(group, 16))
    .flatMap((pair) => [pair >> 8, pair & 255])
    .join(".");
}
