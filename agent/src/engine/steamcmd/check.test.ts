import { chmod } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { steamcmdStage } from "../../../test/fake-steamcmd-engine.ts";
import { machineProblem, toLine } from "./libraries.ts";

const never = new AbortController().signal;

describe("check()", () => {
  test("check() starts the tool once with nothing to do and tells its build", async () => {
    const stage = await steamcmdStage();

    expect(await stage.engine.check(never)).toEqual({ ok: true, version: "1788292693" });
    expect(stage.fake.runs().map(({ argv }) => argv)).toEqual([["+quit"]]);
  });

  test("check() uses no slot's HOME", async () => {
    const stage = await steamcmdStage({ items: { "42": {} }, delayMs: 100 });

    const [, health] = await Promise.all([stage.fetch(), stage.engine.check(never)]);

    expect(health.ok).toBe(true);
    expect(stage.fake.runs().some(({ collided }) => collided)).toBe(false);
  });

  test.each([
    ["missing-libs", /32-bit/, /lib32gcc-s1 lib32stdc\+\+6/],
    ["offline", /offline/, /connection to Steam/],
    ["missing-permissions", /HOME/, /MODFLEET_AGENT_DATA/],
  ] as const)("check() has a fix for %s", async (start, problem, fix) => {
    const stage = await steamcmdStage({ start: [start] });

    expect(await stage.engine.check(never)).toEqual({
      ok: false,
      problem: expect.stringMatching(problem),
      fix: expect.stringMatching(fix),
    });
  });

  test("check() has a fix for a path without a program", async () => {
    const stage = await steamcmdStage();
    await chmod(stage.fake.path, 0o644);

    const health = await stage.engine.check(never);

    expect(health).toEqual({
      ok: false,
      problem: `There is no program at ${stage.fake.path}`,
      fix: expect.stringContaining("MODFLEET_STEAMCMD"),
    });
  });

  test("check() downloads nothing where SteamCMD is not installed yet", async () => {
    const refuse = () => Promise.reject(new Error("Nothing may be downloaded"));
    const stage = await steamcmdStage({}, { steamcmdPath: null, fetch: refuse, platform: "darwin" });

    expect(await stage.engine.check(never)).toMatchObject({ ok: true, version: expect.stringContaining("first use") });
  });

  test("check() knows that there is no SteamCMD for ARM", async () => {
    const stage = await steamcmdStage({}, { steamcmdPath: null, arch: "arm64" });

    expect(await stage.engine.check(never)).toMatchObject({ ok: false, problem: expect.stringContaining("x86") });
  });
});

describe("machineProblem()", () => {
  test("machineProblem() misses the 32-bit loader on Linux and names the packages", () => {
    const problem = machineProblem({ platform: "linux", arch: "x64" }, () => false);

    expect(problem === null ? "" : toLine(problem)).toMatch(/dpkg --add-architecture i386.*lib32gcc-s1 lib32stdc\+\+6/);
  });

  test("machineProblem() finds the loader where Debian puts it", () => {
    const exists = (path: string) => path === "/lib/ld-linux.so.2";

    expect(machineProblem({ platform: "linux", arch: "x64" }, exists)).toBeNull();
  });

  test("machineProblem() wants no loader elsewhere", () => {
    expect(machineProblem({ platform: "win32", arch: "x64" }, () => false)).toBeNull();
  });
});
