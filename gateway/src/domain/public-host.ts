import { BlockList, isIP } from "node:net";

// What is not the public internet of all addresses (IANA's registries of special-purpose addresses).
const SPECIAL_V4 = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const;

/** Parts of 2000::/3 that are tunnels, documentation or protocols; everything outside of it is not public at all. */
const SPECIAL_V6 = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const;

const special = new BlockList();
for (const [net, prefix] of SPECIAL_V4) special.addSubnet(net, prefix, "ipv4");
for (const [net, prefix] of SPECIAL_V6) special.addSubnet(net, prefix, "ipv6");
const unicast = new BlockList();
unicast.addSubnet("2000::", 3, "ipv6");

/**
 * Whether a host in an address may lead to the public internet: a name that is not this machine's own, or an IP address in
 * whatever notation that is neither private nor otherwise special. What a name leads to is looked at by whoever connects.
 */
export function isPublicHost(host: string): boolean {
  // Of http the URL parser knows every notation of an address: 127.1, 0x7f000001, full-width digits.
  const parsed = URL.parse(`http://${host}`);
  if (parsed === null || parsed.hostname === "") return false;
  const name = parsed.hostname.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
  switch (isIP(name)) {
    case 4:
      return !special.check(name, "ipv4");
    case 6:
      return unicast.check(name, "ipv6") && !special.check(name, "ipv6");
    default:
      return name !== "localhost" && !name.endsWith(".localhost");
  }
}
