import type { Torrent } from "webtorrent";
import type WebConn from "webtorrent/lib/webconn.js";
import type { Metainfo } from "../metainfo.ts";
import { fetchWebSeed } from "./fetch-web-seed.ts";
import type { EmbeddedLimits } from "./limits.ts";
import type { Reach } from "./reach.ts";

export type WebSeedOptions = {
  torrent: Torrent;
  metainfo: Metainfo;
  seeds: readonly string[];
  WebConnection: typeof WebConn;
  reach: Reach;
  limits: EmbeddedLimits;
};

export type WebSeeds = {
  /** Why no web seed helps, in words; null while one does, or may, or there is none. */
  problem(): string | null;
  stop(): void;
};

const SEEDS_MAX = 16;

/**
 * Lets a torrent load from its web seeds. WebTorrent's own connection follows redirects into private networks and takes a whole file
 * for a part; this one fetches as the HTTP engine does, and a seed that fails is left alone for longer and longer.
 */
export function startWebSeeds({ torrent, metainfo, seeds, WebConnection, reach, limits }: WebSeedOptions): WebSeeds {
  const stopping = new AbortController();
  const timers = new Set<NodeJS.Timeout>();
  const problems = new Map<string, string | null>();

  const connect = (url: string, failures: number): void => {
    if (stopping.signal.aborted || torrent.destroyed) return;
    const closing = new AbortController();
    let failed = failures;
    const signal = AbortSignal.any([stopping.signal, closing.signal]);
    class Connection extends WebConnection {
      override async httpRequest(...[piece, offset, length, done]: Parameters<WebConn["httpRequest"]>): Promise<void> {
        const until = AbortSignal.any([signal, AbortSignal.timeout(limits.webSeedMs)]);
        const start = piece * metainfo.pieceLength + offset;
        try {
          done(null, await fetchWebSeed(url, metainfo, reach, { start, length, signal: until }));
          failed = 0;
          problems.set(url, null);
        } catch (error) {
          if (!signal.aborted) problems.set(url, `${url}: ${error instanceof Error ? error.message : String(error)}`);
          // Its requests go back to the torrent; other peers may have them meanwhile.
          this.destroy();
        }
      }
    }
    const connection = new Connection(url, torrent);
    connection.once("close", () => {
      closing.abort();
      const waitMs = Math.min(limits.webSeedAgainMaxMs, limits.webSeedAgainMs * 2 ** failed);
      const timer = setTimeout(() => {
        timers.delete(timer);
        connect(url, failed + 1);
      }, waitMs);
      timers.add(timer.unref());
    });
    torrent.addWebSeed(connection);
  };

  const usable = seeds.filter((url) => ["http:", "https:"].includes(URL.parse(url)?.protocol ?? ""));
  for (const url of [...new Set(usable)].slice(0, SEEDS_MAX)) {
    problems.set(url, null);
    connect(url, 0);
  }
  return {
    problem: () => ([...problems.values()].includes(null) ? null : ([...problems.values()][0] ?? null)),
    stop: () => {
      stopping.abort();
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
