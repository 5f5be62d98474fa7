import { LIMITS } from "@modfleet/protocol";
import { describe, expect, test } from "vitest";
import type { Ended } from "./end-reason.ts";
import { FRESH, keepConnected, nextTry, type Schedule } from "./keep-connected.ts";

const lost = (given: Partial<Ended> = {}): Ended => ({
  reason: "connection_lost",
  detail: "",
  comeBackMs: 0,
  healthyMs: 0,
  ...given,
});

const triesAfter = (schedule: Schedule, ended: Ended, random = 0.5) =>
  nextTry(schedule, { ended, random, limits: LIMITS });

describe("nextTry()", () => {
  test("nextTry() tries at a random moment of a window that doubles up to 64 s", () => {
    const windows = Array.from(
      { length: 9 },
      (_, failures) => triesAfter({ failures, restMs: 0 }, lost(), 0.25)?.waitMs,
    );

    expect(windows).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 16_000, 16_000]);
  });

  test("nextTry() sleeps out the rest of a window before the next one begins", () => {
    const first = triesAfter(FRESH, lost(), 0.25);

    const second = triesAfter(first?.schedule ?? FRESH, lost(), 0.5);

    expect(first).toEqual({ waitMs: 250, schedule: { failures: 1, restMs: 750 } });
    expect(second).toEqual({ waitMs: 750 + 1_000, schedule: { failures: 2, restMs: 1_000 } });
  });

  test("nextTry() begins anew after a minute of health, not before", () => {
    const tired = { failures: 6, restMs: 30_000 };

    expect(triesAfter(tired, lost({ healthyMs: 60_000 }))?.waitMs).toBe(500);
    expect(triesAfter(tired, lost({ healthyMs: 59_999 }))?.waitMs).toBe(62_000);
  });

  test("nextTry() waits at least as long as the gateway asked", () => {
    expect(triesAfter(FRESH, lost({ comeBackMs: 7_000 }))?.waitMs).toBe(7_000);
  });

  test("nextTry() knows ends that mean never", () => {
    expect(triesAfter(FRESH, lost({ comeBackMs: null }))).toBeNull();
  });
});

describe("keepConnected()", () => {
  const options = (ends: Ended[]) => {
    const waits: (number | null)[] = [];
    const sleeps: number[] = [];
    let sessions = 0;
    const stop = new AbortController();
    return {
      waits,
      sleeps,
      stop,
      sessions: () => sessions,
      runSession: async () => ends[sessions++] ?? lost({ comeBackMs: null }),
      sleep: async (ms: number) => void sleeps.push(ms),
      random: () => 0,
      onEnd: (_: Ended, waitMs: number | null) => void waits.push(waitMs),
      signal: stop.signal,
    };
  };

  test("keepConnected() comes back after every end but the last, and says what it waits", async () => {
    const given = options([lost(), lost(), lost({ reason: "superseded", comeBackMs: null }), lost()]);

    const ended = await keepConnected(given);

    expect(ended.reason).toBe("superseded");
    expect(given.sessions()).toBe(3);
    expect(given.waits).toEqual([0, 1_000, null]);
    expect(given.sleeps).toEqual([0, 1_000]);
  });

  test("keepConnected() returns when it is told to stop during a session", async () => {
    const given = options([]);
    const runSession = async (): Promise<Ended> => {
      given.stop.abort();
      return lost();
    };

    expect((await keepConnected({ ...given, runSession })).reason).toBe("stopped");
    expect(given.waits).toEqual([]);
  });
});
