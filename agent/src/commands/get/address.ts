import { segmentName } from "../../engine/http/file-name.ts";
import { addressIn, isPublicAddress } from "../../engine/http/public-address.ts";

/** Names that only this machine or its own network has: RFC 6761, 6762 and 8375, and what routers hand out. */
const PRIVATE_NAMES = /^[^.]+$|(^|\.)(localhost|local|lan|home\.arpa|internal)$/i;

/**
 * Whether an address names a private place by itself. Whoever types such a one means it; a public name that leads to a private
 * place, by a redirect or by its own lookup, is somebody else's wish.
 */
export function isPrivateByName(url: string): boolean {
  const hostname = new URL(url).hostname.replace(/\.$/, "");
  const address = addressIn(hostname);
  return address === null ? PRIVATE_NAMES.test(hostname) : !isPublicAddress(address);
}

/** The last segment of an address, where nobody says a better name. */
export function nameIn(url: string): string {
  const { pathname } = new URL(url);
  return segmentName(pathname.split("/").findLast((part) => part !== "") ?? "") ?? "download";
}

const SHORT_LENGTH_MAX = 30;

/** A target in few letters, for a line that has much else to say. */
export function shortTarget(target: string): string {
  const name = /^https?:/i.test(target) && URL.canParse(target) ? nameIn(target) : target;
  return name.length > SHORT_LENGTH_MAX ? `${name.slice(0, SHORT_LENGTH_MAX - 1)}…` : name;
}
