import { setTimeout as delay } from "node:timers/promises";
import { announceHttp } from "./announce-http.ts";
import { announceUdp } from "./announce-udp.ts";
import type { Announced, AnnounceEvent, Announcement } from "./announcement.ts";
import type { EmbeddedLimits } from "./limits.ts";
import type { Reach } from "./reach.ts";

export type AnnouncerOptions = {
  trackers: readonly string[];
  /** The state at this moment. */
  about: () => Omit<Announcement, "event" | "wanted">;
  onPeers: (peers: readonly string[]) => void;
  reach: Reach;
  limits: EmbeddedLimits;
};

export type Announcer = {
  /** Why no tracker helps, in words; null while one does, or none has been asked. */
  problem(): string | null;
  /** Everything that is wanted is there. */
  complete(): void;
  /** Says goodbye to those who know us, in bounded time. */
  stop(): Promise<void>;
};

const PEERS_WANTED = 80;

/**
 * Keeps the trackers of one torrent informed. WebTorrent's own client follows redirects and names into private networks, has no bound
 * for an answer, and lets one that breaks off end the process.
 */
export function startAnnouncer(options: AnnouncerOptions): Announcer {
  const stopping = new AbortController();
  const trackers = [...new Set(options.trackers.filter(isSupported))].map((url) => createTracker(url, options));
  const loops = trackers.map((tracker) => tracker.run(stopping.signal));
  return {
    problem() {
      const states = trackers.map(({ state }) => state);
      if (states.some(({ isKnown }) => isKnown)) return null;
      return states.find(({ problem }) => problem !== null)?.problem ?? null;
    },
    complete: () => {
      for (const tracker of trackers) tracker.complete();
    },
    async stop() {
      stopping.abort();
      await Promise.all(loops);
      await Promise.all(trackers.map((tracker) => tracker.leave()));
    },
  };
}

/** Trackers over WebSockets only bring browsers together. */
const isSupported = (url: string): boolean => ["http:", "https:", "udp:"].includes(URL.parse(url)?.protocol ?? "");

function createTracker(url: string, { about, onPeers, reach, limits }: AnnouncerOptions) {
  const state = { isKnown: false, problem: null as string | null };
  let wake = new AbortController();
  let isCompleted = false;

  const announce = (event: AnnounceEvent, signal: AbortSignal): Promise<Announced> => {
    const announcement = { ...about(), event, wanted: event === "stopped" ? 0 : PEERS_WANTED };
    if (url.startsWith("udp:")) {
      return announceUdp(url, announcement, { allowPrivate: reach.allowPrivate, limits, signal });
    }
    return announceHttp(url, announcement, { reach, bytesMax: limits.announceBytesMax, signal });
  };
  /** How long to wait after one try. */
  const attempt = async (failures: number, signal: AbortSignal): Promise<number | null> => {
    const event = !state.isKnown ? "started" : isCompleted ? "completed" : null;
    isCompleted = false;
    try {
      const { intervalMs, peers } = await announce(
        event,
        AbortSignal.any([signal, AbortSignal.timeout(limits.announceMs)]),
      );
      Object.assign(state, { isKnown: true, problem: null });
      onPeers(peers);
      const wished = intervalMs ?? limits.announceEveryMaxMs / 2;
      return Math.min(limits.announceEveryMaxMs, Math.max(limits.announceEveryMinMs, wished));
    } catch (error) {
      if (!signal.aborted) Object.assign(state, { isKnown: false, problem: `${url}: ${textOf(error)}` });
      return failures > 20 ? limits.announceEveryMaxMs : null;
    }
  };

  return {
    state,
    complete() {
      isCompleted = true;
      wake.abort();
    },
    async run(signal: AbortSignal): Promise<void> {
      for (let failures = 0; !signal.aborted; ) {
        wake = new AbortController();
        const waitMs = await attempt(failures, signal);
        failures = waitMs === null ? failures + 1 : 0;
        const again = Math.min(limits.announceEveryMaxMs, limits.announceAgainMs * 2 ** (failures - 1));
        await delay(waitMs ?? again, undefined, { signal: AbortSignal.any([signal, wake.signal]), ref: false }).catch(
          () => undefined,
        );
      }
    },
    async leave(): Promise<void> {
      if (!state.isKnown) return;
      // Nobody is there any more who could be told that it failed.
      await announce("stopped", AbortSignal.timeout(limits.goodbyeMs)).catch(() => undefined);
    },
  };
}

const textOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error ? String(error.code) : "";
  return error.message || code || error.name;
};
