import { type LookupAddress, type LookupAllOptions, lookup as systemLookup } from "node:dns";
import type { LookupFunction } from "node:net";
import ipaddr from "ipaddr.js";

/** An address that a stranger's URL may not lead to. */
export class PrivateAddressError extends Error {
  constructor(host: string) {
    super(`Refused to connect to a private address: ${host}`);
    this.name = "PrivateAddressError";
  }
}

/** Whether an IP address belongs to the public internet: no loopback, LAN, link-local, multicast or other special range. */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  // `process` unwraps IPv4 in IPv6, where 127.0.0.1 likes to hide.
  const parsed = ipaddr.process(address);
  return parsed.range() === "unicast";
}

/** The host of a URL when it is an IP address itself (brackets removed), else null. */
export function addressIn(hostname: string): string | null {
  const bare = hostname.replace(/^\[(.*)\]$/, "$1");
  return ipaddr.isValid(bare) ? bare : null;
}

/** All addresses of a name, as `dns.lookup` finds them. */
export type Resolve = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * A name lookup that refuses private addresses. It runs at connect time, so a name that answers differently the second time
 * gains nothing.
 */
export function guardedLookup(resolve: Resolve): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, "", 0);
      const [first] = addresses;
      if (first === undefined || !addresses.every(({ address }) => isPublicAddress(address))) {
        return callback(new PrivateAddressError(hostname), "", 0);
      }
      if (options.all === true) return callback(null, addresses);
      callback(null, first.address, first.family);
    });
  };
}

export const publicLookup: LookupFunction = guardedLookup(systemLookup);
