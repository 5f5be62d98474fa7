import { MOD_ID_RULE, ModId, magnetInfoHash } from "@modfleet/protocol";

const STEAM_HOSTS: readonly string[] = ["steamcommunity.com", "www.steamcommunity.com"];
const PAGES = /^\/(sharedfiles|workshop)\/filedetails\/?$/;
const PAGE = "https://steamcommunity.com/sharedfiles/filedetails/?id=123456789";
const FORMS = `give a Workshop id, ${MOD_ID_RULE}, an address like ${PAGE}, any other http or https address, a magnet link or a .torrent file`;

/** Where a torrent is described. */
export type TorrentFrom =
  | { kind: "magnet"; uri: string }
  | { kind: "url"; url: string }
  /** A file on this machine, as it was typed. */
  | { kind: "path"; path: string };

/** One thing that was asked for; `text` is what stood on the command line. A Workshop id may turn out to be a collection. */
export type Target =
  | { kind: "workshop"; text: string; id: ModId }
  | { kind: "http"; text: string; url: string }
  | { kind: "torrent"; text: string; from: TorrentFrom };

export type ParsedTarget = { ok: true; target: Target } | { ok: false; problem: string };

/** Reads one target as people copy it. Junk is a value with the rule in it; `asFile` takes no address for a torrent's. */
export function parseTarget(text: string, { asFile = false }: { asFile?: boolean } = {}): ParsedTarget {
  const trimmed = text.trim();
  if (/^magnet:/i.test(trimmed)) return parseMagnet(trimmed);
  if (/^(https?:\/\/|(www\.)?steamcommunity\.com\/)/i.test(trimmed)) return parseAddress(trimmed, asFile);
  const id = ModId.safeParse(trimmed);
  if (id.success) return found({ kind: "workshop", text: trimmed, id: id.data });
  if (/\.torrent$/i.test(trimmed))
    return found({ kind: "torrent", text: trimmed, from: { kind: "path", path: trimmed } });
  const meant = meantBy(trimmed);
  return unreadable(trimmed, meant === null ? FORMS : `did you mean ${meant}?`);
}

/** A host with a path behind it, of which people leave the scheme out. */
const HOST_AND_PATH = /^[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z][a-z0-9-]+(:\d{1,5})?\/\S*$/i;

/** What else is meant by a text that is nothing; null where nobody can tell. */
function meantBy(text: string): string | null {
  if (text.length <= SHOWN_LENGTH_MAX && HOST_AND_PATH.test(text)) return `https://${text}`;
  const id = ModId.safeParse(text.replace(/^#\s*/, ""));
  return id.success ? id.data : null;
}

function parseMagnet(text: string): ParsedTarget {
  if (magnetInfoHash(text) !== null) return found({ kind: "torrent", text, from: { kind: "magnet", uri: text } });
  if (/[?&]xt(\.\d+)?=urn:btmh:/i.test(text))
    return unreadable(text, "torrents of version 2 (urn:btmh:) are not supported, look for one with urn:btih:");
  return unreadable(
    text,
    "a magnet link names its torrent with xt=urn:btih: and 40 hexadecimal digits; put it in quotes",
  );
}

function parseAddress(text: string, asFile: boolean): ParsedTarget {
  const url = URL.parse(/^https?:/i.test(text) ? text : `https://${text}`);
  if (url === null) return unreadable(text, FORMS);
  if (STEAM_HOSTS.includes(url.hostname)) return parsePage(text, url);
  // Nothing would send them, and every message would show them.
  if (url.username !== "" || url.password !== "")
    return { ok: false, problem: `Cannot read the address at ${url.host}: leave the name and the password in it out` };
  if (!asFile && /\.torrent$/i.test(url.pathname))
    return found({ kind: "torrent", text, from: { kind: "url", url: url.href } });
  return found({ kind: "http", text, url: url.href });
}

function parsePage(text: string, url: URL): ParsedTarget {
  const id = ModId.safeParse(PAGES.test(url.pathname) ? url.searchParams.get("id") : null);
  return id.success ? found({ kind: "workshop", text, id: id.data }) : unreadable(text, FORMS);
}

const SHOWN_LENGTH_MAX = 80;

const found = (target: Target): ParsedTarget => ({ ok: true, target });

const unreadable = (text: string, rule: string): ParsedTarget => ({
  ok: false,
  problem: `Cannot read ${JSON.stringify(text.slice(0, SHOWN_LENGTH_MAX))}: ${rule}`,
});

/** The same for two targets that mean the same thing. */
export function targetKey(target: Target): string {
  switch (target.kind) {
    case "workshop":
      return `workshop:${target.id}`;
    case "http":
      return `http:${target.url}`;
    case "torrent":
      return `torrent:${torrentKey(target.from)}`;
  }
}

function torrentKey(from: TorrentFrom): string {
  if (from.kind === "magnet") return magnetInfoHash(from.uri) ?? from.uri;
  return from.kind === "url" ? from.url : from.path;
}
