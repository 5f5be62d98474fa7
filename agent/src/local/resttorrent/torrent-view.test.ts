import fc from "fast-check";
import { expect, test } from "vitest";
import type { TorrentPhase, TorrentStatus } from "../../engine/torrent/client.ts";
import { silentLog } from "../../log.ts";
import { openToldProgress } from "./told-progress.ts";
import { toTorrentView } from "./torrent-view.ts";

const aStatus = (given: Partial<TorrentStatus> = {}): TorrentStatus => ({
  infoHash: "a".repeat(40),
  name: "map",
  phase: "downloading",
  isPaused: false,
  bytes: 25,
  totalBytes: 100,
  uploadedBytes: 0,
  downRate: 12.6,
  upRate: 0.2,
  peers: 3,
  folder: "/downloads",
  problem: null,
  ...given,
});

test("toTorrentView() has the documented keys in their order, rates as integers", () => {
  expect(JSON.stringify(toTorrentView(aStatus(), openToldProgress(null, silentLog)))).toBe(
    `{"info_hash":"${"a".repeat(40)}","state":"downloading","progress":0.25,"download_rate":13,"upload_rate":0,"num_peers":3}`,
  );
});

test.each<[TorrentPhase, boolean, string]>([
  ["checking", false, "checking_files"],
  ["metadata", false, "downloading_metadata"],
  ["metadata", true, "downloading_metadata"],
  ["downloading", false, "downloading"],
  ["downloading", true, "downloading"],
  ["complete", false, "seeding"],
  ["complete", true, "finished"],
])("toTorrentView() calls %s (paused: %j) %s", (phase, isPaused, state) => {
  expect(toTorrentView(aStatus({ phase, isPaused }), openToldProgress(null, silentLog)).state).toBe(state);
});

test("toTorrentView() says finished of what was complete, when its client has forgotten that over a restart", () => {
  const told = openToldProgress(null, silentLog);
  toTorrentView(aStatus({ phase: "complete" }), told);

  expect(toTorrentView(aStatus({ isPaused: true, bytes: 0 }), told)).toMatchObject({ state: "finished", progress: 1 });
  expect(toTorrentView(aStatus({ isPaused: false, bytes: 0 }), told).state).toBe("downloading");
});

test("toTorrentView() never lets a progress fall or leave 0 to 1", () => {
  const status = fc.record({
    phase: fc.constantFrom<TorrentPhase>("checking", "metadata", "downloading", "complete"),
    bytes: fc.nat(1_000),
    totalBytes: fc.option(fc.nat(900)),
  });

  fc.assert(
    fc.property(fc.array(status, { maxLength: 20 }), (changes) => {
      const told = openToldProgress(null, silentLog);
      const progress = changes.map((change) => toTorrentView(aStatus(change), told).progress);
      expect(progress).toEqual(progress.toSorted((a, b) => a - b));
      expect(progress.every((one) => one >= 0 && one <= 1)).toBe(true);
    }),
  );
});
