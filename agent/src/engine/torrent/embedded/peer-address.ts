import ipaddr from "ipaddr.js";
import { isPublicAddress } from "../../http/public-address.ts";

export type PeerAddress = { ip: string; port: number };

/** Reads `1.2.3.4:5` or `[::1]:5`. Null for names too: what a tracker or a peer hands out is not looked up. */
export function parsePeerAddress(text: string): PeerAddress | null {
  const [, bracketed, bare, digits] = /^(?:\[([0-9a-f:.]{2,45})\]|([0-9.]{7,15})):(\d{1,5})$/i.exec(text) ?? [];
  const ip = bracketed ?? bare;
  const port = Number(digits);
  if (ip === undefined || port < 1 || port > 65_535 || !ipaddr.isValid(ip)) return null;
  // 127.0.0.1 likes to hide in IPv6, and as 127.1 and 0177.0.0.1.
  return { ip: ipaddr.process(ip).toString(), port };
}

export const peerAddressText = ({ ip, port }: PeerAddress): string =>
  ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`;

/** Whether a connection may be made there. */
export const mayReach = ({ ip }: PeerAddress, allowPrivate: boolean): boolean => allowPrivate || isPublicAddress(ip);

/** The address of a connection that somebody made to us, IPv4 taken out of IPv6. */
export const plainIp = (ip: string): string => (ipaddr.isValid(ip) ? ipaddr.process(ip).toString() : ip);
