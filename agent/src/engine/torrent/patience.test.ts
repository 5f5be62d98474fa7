import { describe, expect, test } from "vitest";
import type { TorrentStatus } from "./client.ts";
import { createPatience } from "./patience.ts";

const STATUS: TorrentStatus = {
  ...{ infoHash: "0".repeat(40), name: null, phase: "metadata", isPaused: false, bytes: 0, totalBytes: null },
  ...{ uploadedBytes: 0, downRate: 0, upRate: 0, peers: 3, folder: "/", problem: null },
};

const NOBODY = "No tracker and no peer is known";
const BOUNDS = { metadataMs: 10, refusedMs: 4, nobodyMs: 2, stallMs: 20, serverDownMs: 5 };

function patience() {
  let now = 0;
  const { look, noAnswer } = createPatience(BOUNDS, () => now);
  const seenIn = (ms: number, status: Partial<TorrentStatus>, deadEnd: string | null = null) => {
    now += ms;
    return () => look({ ...STATUS, ...status }, { deadEnd });
  };
  const silentFor = (ms: number) => {
    now += ms;
    return () => noAnswer(new Error("down"));
  };
  return { seenIn, silentFor };
}

describe("createPatience()", () => {
  test("createPatience() ends without metadata, and says what the client said", () => {
    const { seenIn } = patience();
    seenIn(9, {})();

    expect(seenIn(1, {})).toThrow("No metadata within 0.01 s: 3 peers");
    expect(seenIn(0, { problem: "The tracker refuses" })).toThrow("The tracker refuses");
  });

  test("createPatience() waits for bytes anew once the metadata is here, and with each byte", () => {
    const { seenIn } = patience();
    seenIn(9, { phase: "downloading" })();
    seenIn(19, { phase: "downloading" })();
    seenIn(0, { phase: "downloading", bytes: 1 })();

    seenIn(19, { phase: "downloading", bytes: 1 })();
    expect(seenIn(1, { phase: "downloading", bytes: 1 })).toThrow("No byte within 0.02 s");
  });

  test("createPatience() takes no check for a stall, nor bytes that were there before for new ones", () => {
    const { seenIn } = patience();
    seenIn(0, { phase: "downloading", bytes: 9 })();
    seenIn(500, { phase: "checking", bytes: 0 })();

    seenIn(19, { phase: "downloading", bytes: 9 })();
    expect(seenIn(1, { phase: "downloading", bytes: 9 })).toThrow("No byte");
  });

  test("createPatience() soon gives up what all trackers refuse, and not while a peer is there", () => {
    const { seenIn } = patience();
    const refused = { problem: "The tracker refuses", peers: 0 };
    seenIn(3, refused)();
    seenIn(1, { problem: "The tracker refuses" })();
    seenIn(3, refused)();

    expect(seenIn(1, refused)).toThrow("No metadata within 0.004 s: The tracker refuses");
  });

  test("createPatience() waits for metadata no longer where nobody can be asked", () => {
    const { seenIn } = patience();
    seenIn(1, { peers: 0 }, NOBODY)();
    seenIn(0, { peers: 0 }, null)();
    seenIn(1, { peers: 0 }, NOBODY)();

    expect(seenIn(1, { peers: 0 }, NOBODY)).toThrow(NOBODY);
  });

  test("createPatience() lets a torrent without anybody to ask be checked", () => {
    const { seenIn } = patience();
    const checking = { phase: "checking", peers: 0 } as const;
    seenIn(3, checking, NOBODY)();
    seenIn(3, checking, NOBODY)();
    seenIn(1, { phase: "complete", peers: 0 }, NOBODY)();

    expect(seenIn(2, { phase: "downloading", peers: 0 }, NOBODY)).toThrow(NOBODY);
  });

  test("createPatience() bears a client that does not answer for a while", () => {
    const { seenIn, silentFor } = patience();
    silentFor(4)();
    seenIn(0, {})();
    silentFor(4)();

    expect(silentFor(1)).toThrow("No torrent client for 0.005 s: down");
  });
});
