import { describe, expect, test } from "vitest";
import type { TorrentStatus } from "./client.ts";
import { createPatience } from "./patience.ts";

const STATUS: TorrentStatus = {
  ...{ infoHash: "0".repeat(40), name: null, phase: "metadata", isPaused: false, bytes: 0, totalBytes: null },
  ...{ uploadedBytes: 0, downRate: 0, upRate: 0, peers: 3, folder: "/", problem: null },
};

function patience() {
  let now = 0;
  const { look, noAnswer } = createPatience({ metadataMs: 10, stallMs: 20, serverDownMs: 5 }, () => now);
  const seenIn = (ms: number, status: Partial<TorrentStatus>) => {
    now += ms;
    return () => look({ ...STATUS, ...status });
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

  test("createPatience() bears a client that does not answer for a while", () => {
    const { seenIn, silentFor } = patience();
    silentFor(4)();
    seenIn(0, {})();
    silentFor(4)();

    expect(silentFor(1)).toThrow("No torrent client for 0.005 s: down");
  });
});
