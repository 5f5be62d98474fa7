import { describe, expect, test } from "vitest";
import type { Attempt } from "./attempt.ts";
import { type Judgement, judge } from "./classify.ts";
import { readRunSigns } from "./run-signs.ts";

const context = {
  maxBytes: 1_000,
  expectedBytes: 10,
  coolDownMs: 30 * 60_000,
  freeBytesMin: 100,
  anonymous: true,
};

/** A run that logged in, said nothing about the item, and exited 0. */
function anAttempt(changes: Partial<Attempt> = {}): Attempt {
  return {
    outcome: { kind: "exited", code: 0 },
    item: null,
    sign: { kind: "noise" },
    log: { kind: "none" },
    acf: { kind: "absent" },
    content: null,
    hadState: false,
    grew: false,
    freeBytes: 1_000_000,
    tail: "",
    tool: "steamcmd",
    ...changes,
  };
}

const content = { root: "/x", bytes: 5, files: 1 };
const success = { kind: "success", path: "/x", bytes: 5 } as const;
const refused = (reason: string, changes: Partial<Attempt> = {}) =>
  anAttempt({ item: { kind: "failed", reason }, ...changes });

/** `fetched`, `cancelled`, a failure's code, or `how otherwise code`. */
function wordFor(judgement: Judgement): string {
  if (judgement.kind === "failed") return judgement.failure.code;
  return judgement.kind === "again" ? `${judgement.how} or ${judgement.otherwise.code}` : judgement.kind;
}

describe("judge() with an item line", () => {
  test("judge() takes success and files, whatever the exit code", () => {
    const attempt = anAttempt({ item: success, content, outcome: { kind: "exited", code: 8 } });

    expect(wordFor(judge(attempt, context))).toBe("fetched");
  });

  test("judge() hands on the manifest of an installed item only", () => {
    const installed = anAttempt({ item: success, content, acf: { kind: "installed", manifest: "66" } });

    expect(judge(installed, context)).toMatchObject({ manifest: "66" });
    expect(judge(anAttempt({ item: success, content }), context)).toMatchObject({ manifest: null });
  });

  test("judge() takes no success without files", () => {
    expect(wordFor(judge(anAttempt({ item: success }), context))).toBe("fresh or empty_result");
  });

  test("judge() takes no item over the limit", () => {
    const attempt = anAttempt({ item: success, content: { ...content, bytes: 1_001 } });

    expect(wordFor(judge(attempt, context))).toBe("too_large");
  });

  test.each([
    ["Failure", "steam_failure"],
    ["No Connection", "steam_unreachable"],
    ["Access Denied", "needs_owner"],
    ["No subscription", "needs_owner"],
    ["File Not Found", "item_removed"],
    ["Timeout", "resume or steam_timeout"],
    ["Locking Failed", "item_locked"],
    ["Rate Limit Exceeded", "rate_limited"],
    ["I/O Operation Failed", "steam_failure"],
    ["Disk write failure", "disk_full"],
    ["Invalid Password", "tool_broken"],
    ["Account Disabled", "tool_broken"],
    ["Two-factor code mismatch", "tool_broken"],
    ["Not logged on", "rerun or steam_unreachable"],
    ["Missing file permissions", "tool_broken"],
    ["No match", "steam_failure"],
    ["", "steam_failure"],
  ])("judge() makes (%s) a %s", (reason, expected) => {
    expect(wordFor(judge(refused(reason), context))).toBe(expected);
  });

  test("judge() resumes the timeout line", () => {
    expect(wordFor(judge(anAttempt({ item: { kind: "timeout" } }), context))).toBe("resume or steam_timeout");
  });

  test("judge() believes the item line over a login that failed before it", () => {
    const attempt = anAttempt({ item: success, content, sign: { kind: "login", why: "no-connection" } });

    expect(wordFor(judge(attempt, context))).toBe("fetched");
  });

  test.each([
    ["not-entitled", "needs_owner"],
    ["disk-write", "disk_full"],
    ["locked", "item_locked"],
    ["stale-acf", "fresh or steam_failure"],
    ["missing-configuration", "rerun or steam_failure"],
    ["invalid-platform", "steam_failure"],
  ] as const)("judge() reads %s behind (Failure) as %s", (cause, expected) => {
    const attempt = refused("Failure", { log: { kind: "cause", cause } });

    expect(wordFor(judge(attempt, context))).toBe(expected);
  });

  test("judge() wants a fresh folder where Steam may repeat an old failure", () => {
    expect(wordFor(judge(refused("Failure", { hadState: true }), context))).toBe("fresh or steam_failure");
    expect(wordFor(judge(refused("Failure", { acf: { kind: "cached-failure" } }), context))).toBe(
      "fresh or steam_failure",
    );
  });

  test.each([
    ["little is free", { freeBytes: 99 }, 10],
    ["less is free than the item needs", { freeBytes: 5_000 }, 6_000],
    ["Steam's log says so", { log: { kind: "cause", cause: "disk-write" } } as const, 10],
  ])("judge() calls an I/O error a full disk when %s", (_, changes, expectedBytes) => {
    const judgement = judge(refused("I/O Operation Failed", changes), { ...context, expectedBytes });

    expect(wordFor(judgement)).toBe("disk_full");
  });

  test("judge() lets a throttled address rest", () => {
    expect(judge(refused("Rate Limit Exceeded"), context)).toMatchObject({ failure: { retryAfterMs: 30 * 60_000 } });
  });

  test("judge() puts reason, end and last words into the detail", () => {
    const attempt = refused("Failure", { tail: "last words", log: { kind: "cause", cause: "not-entitled" } });

    expect(judge(attempt, context)).toMatchObject({ failure: { detail: "Failure; exit 0; not-entitled; last words" } });
  });
});

describe("judge() without an item line", () => {
  test.each([
    ["a cancel", { kind: "killed", by: "cancel" }, "cancelled"],
    ["too many bytes", { kind: "killed", by: "too_large" }, "too_large"],
    ["no bytes for long", { kind: "killed", by: "stalled" }, "resume or steam_timeout"],
    ["a flood", { kind: "killed", by: "output_limit" }, "tool_broken"],
    ["SIGABRT", { kind: "died", signal: "SIGABRT" }, "resume or steam_timeout"],
    ["SIGKILL from outside", { kind: "died", signal: "SIGKILL" }, "rerun or tool_broken"],
    ["a missing file", { kind: "missing", detail: "ENOENT" }, "tool_broken"],
    ["exit 0", { kind: "exited", code: 0 }, "rerun or tool_broken"],
    ["exit 5 of anonymous", { kind: "exited", code: 5 }, "rerun or steam_unreachable"],
    ["exit 7", { kind: "exited", code: 7 }, "rerun or tool_broken"],
    ["exit 10", { kind: "exited", code: 10 }, "resume or steam_timeout"],
    ["exit 42", { kind: "exited", code: 42 }, "rerun or tool_broken"],
    ["exit 134", { kind: "exited", code: 134 }, "resume or steam_timeout"],
    ["exit 126", { kind: "exited", code: 126 }, "tool_broken"],
    ["exit 127", { kind: "exited", code: 127 }, "tool_broken"],
  ] as const)("judge() reads %s", (_, outcome, expected) => {
    expect(wordFor(judge(anAttempt({ outcome }), context))).toBe(expected);
  });

  test.each([
    ["[----] !!! Fatal Error: Steamcmd needs to be online to update.", "steam_unreachable"],
    ["steamcmd: error while loading shared libraries: libgcc_s.so.1", "tool_broken"],
    ["cannot execute binary file: Exec format error", "tool_broken"],
    ["Steam needs 250MB of free disk space to update", "disk_full"],
    ["ERROR! Failed to install app '7' (Missing file permissions)", "tool_broken"],
    ["ERROR! Failed to install app '7' (No subscription)", "needs_owner"],
    ["ERROR! Failed to install app '7' (Missing configuration)", "rerun or steam_failure"],
    ["Error! App '7' state is 0x202 after update job.", "disk_full"],
    ["to Steam Public...ERROR (Rate Limit Exceeded)", "rate_limited"],
    ["to Steam Public...ERROR (Invalid Password)", "tool_broken"],
    ["to Steam Public...FAILED (No Connection)", "steam_unreachable"],
    ["to Steam Public...ERROR (Something New)", "steam_unreachable"],
    ["ERROR! Not logged on.", "rerun or steam_unreachable"],
    ["[  0%] Checking for available updates...", "rerun or steam_unreachable"],
  ])("judge() makes %j a %s", (text, expected) => {
    expect(wordFor(judge(anAttempt({ sign: readRunSigns(text) }), context))).toBe(expected);
  });

  test.each([5, 63])("judge() stops an account at exit %i", (code) => {
    const judgement = judge(anAttempt({ outcome: { kind: "exited", code } }), { ...context, anonymous: false });

    expect(judgement).toMatchObject({ failure: { code: "tool_broken" }, stopsAccount: true });
  });
});
