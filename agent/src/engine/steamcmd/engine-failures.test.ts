import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { codeOf, steamcmdStage } from "../../../test/fake-steamcmd-engine.ts";

describe("fetch() names the failure", () => {
  test.each([
    ["Access Denied", "needs_owner"],
    ["File Not Found", "item_removed"],
  ] as const)("fetch() makes %s a %s although the tool exits 0", async (reason, code) => {
    const stage = await steamcmdStage({ items: { "42": { behaviour: [`fail:${reason}`] } } });

    expect(codeOf(await stage.fetch())).toBe(code);
  });

  test("fetch() calls an I/O error on a disk that is nearly full a full disk", async () => {
    const limits = { freeBytesMin: Number.MAX_SAFE_INTEGER };
    const stage = await steamcmdStage({ items: { "42": { behaviour: ["fail:I/O Operation Failed"] } } }, { limits });

    expect(codeOf(await stage.fetch())).toBe("disk_full");
  });

  test.each([
    ["Update canceled: Failed to initialize depot 7, manifest 1 (Missing decryption key)", "needs_owner", 1],
    ['Update canceled: Failed updating depot 7 while reading chunk "00aa" (Missing game files)', "steam_failure", 2],
  ] as const)("fetch() reads the cause behind (Failure) from Steam's log: %s", async (line, code, runs) => {
    const log = `[AppID 7] ${line}\n[AppID 7] Download item 42 result : Failure`;
    const stage = await steamcmdStage({ items: { "42": { behaviour: ["fail:Failure"], log } } });

    expect(codeOf(await stage.fetch())).toBe(code);
    expect(stage.fake.runs()).toHaveLength(runs);
  });

  test("fetch() does not blame an item for what an earlier run left in the log", async () => {
    const log = "[AppID 7] Update canceled: (Missing decryption key)\n[AppID 7] Download item 41 result : Failure";
    const stage = await steamcmdStage({
      items: { "41": { behaviour: ["fail:Failure"], log }, "42": { behaviour: ["fail:Failure"] } },
    });
    await stage.fetch({ source: { kind: "workshop", app: 7, item: "41" }, job: "other" });

    expect(codeOf(await stage.fetch())).toBe("steam_failure");
  });

  test("fetch() asks for at least thirty minutes of rest after a throttle", async () => {
    const stage = await steamcmdStage({ items: { "42": {} }, start: ["rate-limit"] });

    expect(await stage.fetch()).toMatchObject({ failure: { code: "rate_limited", retryAfterMs: 30 * 60_000 } });
    expect(stage.fake.runs()).toHaveLength(1);
  });

  test.each([
    ["offline", "steam_unreachable"],
    ["missing-permissions", "tool_broken"],
  ] as const)("fetch() makes a start that ends %s a %s", async (kind, code) => {
    const stage = await steamcmdStage({ items: { "42": {} }, start: [kind] });

    expect(codeOf(await stage.fetch())).toBe(code);
    expect(stage.fake.runs()).toHaveLength(1);
  });

  test("fetch() names the packages of the missing 32-bit libraries", async () => {
    const stage = await steamcmdStage({ items: { "42": {} }, start: ["missing-libs"] });

    const outcome = await stage.fetch();

    expect(outcome).toHaveProperty(
      "failure.detail",
      expect.stringMatching(/dpkg --add-architecture i386.*lib32gcc-s1 lib32stdc\+\+6/),
    );
  });

  test("fetch() logs in no more once Steam has refused the account", async () => {
    const stage = await steamcmdStage({ items: { "42": {} }, start: ["guard-prompt"] }, { steamUser: "somebody" });

    expect(codeOf(await stage.fetch())).toBe("tool_broken");
    expect(codeOf(await stage.fetch())).toBe("tool_broken");
    expect(stage.fake.runs()).toHaveLength(1);
    expect(await stage.engine.check(new AbortController().signal)).toMatchObject({
      ok: false,
      problem: expect.stringContaining("somebody"),
    });
  });

  test("fetch() hands no account name to the tool that could be a command", async () => {
    const stage = await steamcmdStage({ items: { "42": {} } }, { steamUser: "x +quit" });

    expect(codeOf(await stage.fetch())).toBe("tool_broken");
    expect(stage.fake.runs()).toHaveLength(0);
  });

  test("fetch() ends a download that grows past its limit", async () => {
    const stage = await steamcmdStage({
      items: { "42": { bytes: 5_000_000, behaviour: ["slow"] } },
      stepBytes: 10_000,
      stepMs: 20,
    });

    expect(codeOf(await stage.fetch({ maxBytes: 50_000 }))).toBe("too_large");
    expect(existsSync(join(stage.folder, "job", "steam"))).toBe(false);
  });

  test("fetch() refuses a complete item over its limit", async () => {
    const stage = await steamcmdStage(
      { items: { "42": { files: { "a.txt": "four" } } } },
      { limits: { pollMs: 60_000 } },
    );

    expect(codeOf(await stage.fetch({ maxBytes: 3 }))).toBe("too_large");
  });
});
