import { fakeHttpTracker, type Heard } from "./fake-tracker.ts";

export type FixedTracker = AsyncDisposable & {
  /** `http://127.0.0.1:…/announce`. */
  url: string;
  /** Ports on the peers' host that every answer names; a test changes them as the world would. */
  peers: number[];
  /** Newest last. */
  announces: Heard[];
  /** Answered in place of peers while it is set: why the tracker refuses. */
  refuse(reason: string | null): void;
};

/** A tracker over HTTP that names the same peers to everybody, for every torrent, and nobody who announces themselves. */
export async function fixedTracker(peers: number[] = [], host = "127.0.0.1"): Promise<FixedTracker> {
  const others = () => peers.map((port) => ({ ip: host, port }));
  const { heard, ...tracker } = await fakeHttpTracker({ others });
  return { ...tracker, peers, announces: heard };
}
