import { Source } from "@modfleet/protocol";
import type { Elsewhere } from "./delivered.ts";
import type { FieldFault } from "./errors.ts";
import { isPublicHost } from "./public-host.ts";

export type Vetted = { ok: true; source: Elsewhere } | { ok: false; faults: FieldFault[] };

type Rules = { allowPrivate: boolean };
type Address = { field: string; address: string };

const WITHOUT_LOGIN = "Must not have a user name or a password: everybody here would see them";
const PUBLIC = "Must not be an address of a private network or of this machine";
const TRACKER_PROTOCOLS = ["udp:", "http:", "https:", "ws:", "wss:"];
/** Parameters of a magnet link that are addresses, also numbered ones (`tr.1`). */
const MAGNET_URLS = /^(tr|ws|as|xs|mt)(\.\d+)?$/;
const MAGNET_PEER = /^x\.pe(\.\d+)?$/;

/**
 * A source as agents may be told of it: its addresses without fragments and in their one spelling, so that the same address
 * is the same source. Refused are addresses with a login, and those that plainly lead into a private network.
 */
export function vetSource(given: Elsewhere, rules: Rules): Vetted {
  const source = given.kind === "http" ? vetFile(given) : vetTorrent(given);
  const faults = addressesOf(source).flatMap((address) => faultsOf(address, rules));
  const checked = Source.safeParse(source);
  if (checked.success && checked.data.kind !== "workshop" && faults.length === 0)
    return { ok: true, source: checked.data };
  // Spelled out an address may be longer than it was.
  const late = (checked.error?.issues ?? []).map(({ path, message }) => ({ field: fieldOf(path), rule: message }));
  return { ok: false, faults: [...faults, ...late] };
}

type Of<Kind extends Elsewhere["kind"]> = Extract<Elsewhere, { kind: Kind }>;

function vetFile({ url, mirrors = [], sha256 }: Of<"http">): Elsewhere {
  const others = [...new Set(mirrors.map(spelled))];
  return {
    ...{ kind: "http", url: spelled(url) },
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(others.length === 0 ? {} : { mirrors: others }),
  };
}

function vetTorrent({ magnet, torrentUrl, files }: Of<"torrent">): Elsewhere {
  return {
    kind: "torrent",
    ...(magnet === undefined ? {} : { magnet: magnet.trim().replace(/#.*$/s, "") }),
    ...(torrentUrl === undefined ? {} : { torrentUrl: spelled(torrentUrl) }),
    ...(files === undefined || files.length === 0 ? {} : { files: [...new Set(files)].toSorted() }),
  };
}

/** What is no address stays as it is: zod has refused it, or will. */
function spelled(address: string): string {
  const url = URL.parse(address);
  if (url === null) return address;
  url.hash = "";
  return url.href;
}

function addressesOf(source: Elsewhere): Address[] {
  if (source.kind === "http") {
    const mirrors = (source.mirrors ?? []).map((address, n) => ({ field: `source.mirrors.${n}`, address }));
    return [{ field: "source.url", address: source.url }, ...mirrors];
  }
  const { magnet, torrentUrl } = source;
  const metainfo = torrentUrl === undefined ? [] : [{ field: "source.torrentUrl", address: torrentUrl }];
  return [...metainfo, ...(magnet === undefined ? [] : addressesIn(magnet))];
}

function addressesIn(magnet: string): Address[] {
  return [...(URL.parse(magnet)?.searchParams ?? [])].flatMap(([name, value]) => {
    const field = `source.magnet.${name.toLowerCase()}`;
    if (MAGNET_PEER.test(name.toLowerCase())) return [{ field, address: `peer://${value}` }];
    const isAddress = MAGNET_URLS.test(name.toLowerCase()) && !/^urn:/i.test(value);
    return isAddress ? [{ field, address: value }] : [];
  });
}

function faultsOf({ field, address }: Address, { allowPrivate }: Rules): FieldFault[] {
  const url = URL.parse(address);
  if (url === null || ![...TRACKER_PROTOCOLS, "peer:"].includes(url.protocol)) {
    return [{ field, rule: `Must be an address that begins with ${TRACKER_PROTOCOLS.join(", ")}` }];
  }
  if (url.username !== "" || url.password !== "") return [{ field, rule: WITHOUT_LOGIN }];
  return allowPrivate || isPublicHost(url.host) ? [] : [{ field, rule: PUBLIC }];
}

function fieldOf(path: readonly PropertyKey[]): string {
  return ["source", ...path].map(String).join(".");
}
