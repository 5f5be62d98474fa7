import { LIMITS, type Source } from "@modfleet/protocol";
import { describe, expect, test } from "vitest";
import { AGENT_A, aQueuedJob, SHA } from "../../test/jobs.ts";
import { baseOf } from "./advance.ts";
import { attemptMs, endAttempt } from "./attempt.ts";

const URL = "https://host.example/a";
const NOW = 10_000;

describe("endAttempt() of bytes with another hash", () => {
  const ended = (source: Source, confirmed: boolean) =>
    endAttempt(baseOf(aQueuedJob({ source })), {
      ...{ failure: { code: "hash_mismatch", detail: "" }, confirmed },
      ...{ agent: AGENT_A, network: "192.0.2.1", random: 0, now: NOW, limits: LIMITS },
    });

  test("fails a file with an expected hash for an hour, once a second try says so", () => {
    const source: Source = { kind: "http", url: URL, sha256: SHA };

    expect(ended(source, false)).toMatchObject({ state: "queued", uncharged: 1 });
    expect(ended(source, true)).toMatchObject({ state: "failed", retryAt: NOW + 3_600_000 });
  });

  test("tries others on and on where no hash was expected: then it was the upload", () => {
    expect(ended({ kind: "http", url: URL }, true)).toMatchObject({ state: "queued", notBefore: NOW });
    expect(ended({ kind: "workshop", app: 1, item: "5" }, true)).toMatchObject({ state: "queued", notBefore: NOW });
  });
});

test("attemptMs() is the longest time for what nobody knows the size of, but for Steam's items", () => {
  const source: Source = { kind: "torrent", torrentUrl: URL };

  expect(attemptMs({ source, expectedBytes: null }, LIMITS)).toBe(LIMITS.deadlineMaxMs);
  expect(attemptMs({ source, expectedBytes: 1 }, LIMITS)).toBe(LIMITS.deadlineMinMs);
  expect(attemptMs({ source: { kind: "workshop", app: 1, item: "5" }, expectedBytes: null }, LIMITS)).toBe(
    LIMITS.deadlineMinMs,
  );
});
