import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { isRunning } from "../../../test/fake-steamcmd.ts";
import { filesIn, steamcmdStage } from "../../../test/fake-steamcmd-engine.ts";
import type { FetchOutcome } from "../engine.ts";

const codeOf = (outcome: FetchOutcome) => (outcome.kind === "failed" ? outcome.failure.code : outcome.kind);

async function rootOf(outcome: FetchOutcome): Promise<Record<string, string>> {
  if (outcome.kind !== "fetched") throw new Error(JSON.stringify(outcome));
  return await filesIn(outcome.root);
}

describe("fetch() of an item", () => {
  test("fetch() delivers the item's folder, the build and the manifest", async () => {
    const stage = await steamcmdStage({
      items: { "42": { files: { "a.txt": "one", "sub/b.txt": "two" }, manifest: "6600000001" } },
    });

    const outcome = await stage.fetch();

    expect(await rootOf(outcome)).toEqual({ "a.txt": "one", "sub/b.txt": "two" });
    expect(outcome).toMatchObject({ fetched: { tool: "steamcmd 1788292693", manifest: "6600000001" } });
    expect(outcome).toHaveProperty("root", join(stage.folder, "job/steam/steamapps/workshop/content/7/42"));
  });

  test("fetch() names an absolute folder before the login, closes stdin and ends with quit", async () => {
    const stage = await steamcmdStage({ items: { "42": {} } });

    await stage.fetch();

    const [run] = stage.fake.runs();
    expect(run?.argv).toEqual([
      ...["+@ShutdownOnFailedCommand", "1", "+@NoPromptForPassword", "1"],
      ...["+force_install_dir", join(stage.folder, "job", "steam"), "+login", "anonymous"],
      ...["+workshop_download_item", "7", "42", "+quit"],
    ]);
    expect(run?.stdinClosed).toBe(true);
  });

  test("fetch() hands on the environment, except HOME", async () => {
    const environment = {
      PATH: process.env["PATH"],
      https_proxy: "http://proxy.test",
      HOME: "/home/person",
      NOTHING: undefined,
    };
    const stage = await steamcmdStage({ items: { "42": {} } }, { environment });

    await stage.fetch();

    const [run] = stage.fake.runs();
    expect(run?.environment).toMatchObject({ https_proxy: "http://proxy.test" });
    expect(run?.home).toBe(join(stage.toolFolder, "slots/0/home"));
  });

  test("fetch() reports growth against the expected size", async () => {
    const stage = await steamcmdStage({ items: { "42": { behaviour: ["hang"] } }, stepBytes: 4_000 });
    const stop = new AbortController();
    const seen: { bytes: number; total: number | null }[] = [];
    const fetching = stage.fetch({
      expectedBytes: 40_000,
      onProgress: (progress) => seen.push(progress),
      signal: stop.signal,
    });

    await vi.waitFor(() => expect(seen.at(-1)).toEqual({ bytes: 4_000, total: 40_000 }), { timeout: 20_000 });

    stop.abort();
    expect((await fetching).kind).toBe("cancelled");
  });

  test("fetch() finds the verdict between megabytes of output", async () => {
    const stage = await steamcmdStage(
      { items: { "42": { behaviour: ["chatty"] } } },
      { limits: { keptOutputMax: 10_000 } },
    );

    expect(await rootOf(await stage.fetch())).toEqual({ "readme.txt": "item 42\n" });
  });

  test("fetch() takes an item that a build put below HOME", async () => {
    const stage = await steamcmdStage({ items: { "42": { behaviour: ["elsewhere"] } } });

    const outcome = await stage.fetch();

    expect(await rootOf(outcome)).toEqual({ "readme.txt": "item 42\n" });
    expect(outcome).toHaveProperty("root", expect.stringContaining(join(stage.folder, "job")));
  });

  test("fetch() uses the expected folder when the printed path is none of its own", async () => {
    const stage = await steamcmdStage({ items: { "42": { behaviour: ["lie"] } } });

    expect(await rootOf(await stage.fetch())).toEqual({ "readme.txt": "item 42\n" });
  });

  test("fetch() takes nothing through a link that leads out", async () => {
    const stage = await steamcmdStage({ items: { "42": { behaviour: ["link-out"] } } });

    expect(codeOf(await stage.fetch())).toBe("empty_result");
  });

  test("fetch() refuses a source that is not Steam's", async () => {
    const stage = await steamcmdStage();

    expect(codeOf(await stage.fetch({ source: { kind: "torrent", magnet: "magnet:?x" } }))).toBe("internal");
  });
});

describe("fetch() again and again", () => {
  test("fetch() resumes timeouts in the same folder for as long as bytes arrive", async () => {
    const behaviour = ["timeout", "timeout", "abort", "timeout", "ok"] as const;
    const stage = await steamcmdStage({ items: { "42": { bytes: 5_000, behaviour: [...behaviour] } } });

    const outcome = await stage.fetch();

    expect(outcome.kind).toBe("fetched");
    expect(new Set(stage.fake.runs().map(({ argv }) => argv[5])).size).toBe(1);
    expect(stage.fake.runs()).toHaveLength(5);
  });

  test("fetch() gives a timeout back when nothing arrived, and keeps what lies there", async () => {
    const stage = await steamcmdStage({
      items: { "42": { bytes: 5_000, behaviour: ["timeout", "timeout-stuck", "ok"] } },
    });

    expect(codeOf(await stage.fetch())).toBe("steam_timeout");
    expect(existsSync(join(stage.folder, "job/steam/steamapps/workshop/downloads/7/42/part"))).toBe(true);
    expect((await stage.fetch()).kind).toBe("fetched");
  });

  test("fetch() stops resuming when its time is over, although bytes arrive", async () => {
    const stage = await steamcmdStage({ items: { "42": { behaviour: ["timeout"] } } }, { limits: { resumeMaxMs: 0 } });

    expect(codeOf(await stage.fetch())).toBe("steam_timeout");
    expect(stage.fake.runs()).toHaveLength(1);
  });

  test("fetch() tries a success without files once more, in a clean folder", async () => {
    const stage = await steamcmdStage({ items: { "42": { behaviour: ["empty", "ok"] } } });

    expect(await rootOf(await stage.fetch())).toEqual({ "readme.txt": "item 42\n" });
    expect(stage.fake.runs()).toHaveLength(2);
  });

  test("fetch() calls a second success without files an empty result", async () => {
    const stage = await steamcmdStage({ items: { "42": { behaviour: ["empty"] } } });

    expect(codeOf(await stage.fetch())).toBe("empty_result");
    expect(stage.fake.runs()).toHaveLength(2);
  });

  test("fetch() clears state that promises files which are gone", async () => {
    const stage = await steamcmdStage({ items: { "42": {} } });
    const first = await stage.fetch();
    if (first.kind !== "fetched") throw new Error("Not fetched");
    await rm(first.root, { recursive: true });

    expect(await rootOf(await stage.fetch())).toEqual({ "readme.txt": "item 42\n" });
  });

  test.each(["rerun-7", "update-check"] as const)("fetch() runs again after %s", async (kind) => {
    const stage = await steamcmdStage({ items: { "42": {} }, start: [kind, kind] });

    expect((await stage.fetch()).kind).toBe("fetched");
    expect(stage.fake.runs()).toHaveLength(3);
  });

  test("fetch() does not run again for ever", async () => {
    const stage = await steamcmdStage(
      { items: { "42": {} }, start: Array(20).fill("rerun-7") },
      { limits: { rerunsMax: 2 } },
    );

    expect(codeOf(await stage.fetch())).toBe("steam_unreachable");
    expect(stage.fake.runs()).toHaveLength(3);
  });

  test("fetch() survives a kill -9 of the tool in the middle", async () => {
    const stage = await steamcmdStage({ items: { "42": { bytes: 3_000, behaviour: ["kill-self", "ok"] } } });

    expect((await stage.fetch()).kind).toBe("fetched");
  });

  test("fetch() blames the tool when a run never says anything about the item", async () => {
    const stage = await steamcmdStage({ items: { "42": { behaviour: ["silent"] } } });

    expect(codeOf(await stage.fetch())).toBe("tool_broken");
  });

  test("fetch() runs once more when Steam may only repeat a failure it remembers", async () => {
    const stage = await steamcmdStage({ items: { "42": { behaviour: ["ok", "fail:Failure", "ok"] } } });
    await stage.fetch();

    expect((await stage.fetch()).kind).toBe("fetched");
    expect(stage.fake.runs()).toHaveLength(3);
  });
});

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

describe("fetch() and processes", () => {
  const childrenEnded = async (stage: Awaited<ReturnType<typeof steamcmdStage>>) => {
    const pids = [...stage.fake.children(), ...stage.fake.runs().map(({ pid }) => pid)];
    const running = await Promise.all(pids.map(isRunning));
    return pids.length > 0 && running.every((runs) => !runs);
  };

  test("fetch() ends a tool and its child that ignore SIGTERM before a cancel settles", async () => {
    const stage = await steamcmdStage({ items: { "42": { behaviour: ["hang"] } } });
    const stop = new AbortController();
    const fetching = stage.fetch({ signal: stop.signal });
    await vi.waitFor(() => expect(stage.fake.children()).toHaveLength(1), { timeout: 20_000 });

    stop.abort();

    expect((await fetching).kind).toBe("cancelled");
    expect(await childrenEnded(stage)).toBe(true);
  });

  test("fetch() keeps the bytes of a cancelled download", async () => {
    const stage = await steamcmdStage({ items: { "42": { behaviour: ["hang", "ok"] } } });
    const stop = new AbortController();
    const fetching = stage.fetch({ signal: stop.signal });
    await vi.waitFor(() => expect(stage.fake.children()).toHaveLength(1), { timeout: 20_000 });
    stop.abort();
    await fetching;

    expect(existsSync(join(stage.folder, "job/steam/steamapps/workshop/downloads/7/42/part"))).toBe(true);
  });

  test("fetch() starts nothing when it is cancelled before", async () => {
    const stage = await steamcmdStage({ items: { "42": {} } });

    expect((await stage.fetch({ signal: AbortSignal.abort() })).kind).toBe("cancelled");
    expect(stage.fake.runs()).toEqual([]);
  });

  test.each(["stray-child", "daemon-child"] as const)("fetch() leaves no %s behind", async (behaviour) => {
    const stage = await steamcmdStage({ items: { "42": { behaviour: [behaviour] } } });

    expect((await stage.fetch()).kind).toBe("fetched");
    expect(await childrenEnded(stage)).toBe(true);
  });

  test("fetch() ends a tool that brings no bytes and does not end", async () => {
    let skewMs = 0;
    let seen = 0;
    const stage = await steamcmdStage(
      { items: { "42": { behaviour: ["hang", "timeout-stuck"] } } },
      { now: () => Date.now() + skewMs, limits: { stallMs: 600_000 } },
    );
    const fetching = stage.fetch({
      onProgress({ bytes }) {
        seen = bytes;
      },
    });
    await vi.waitFor(() => expect([seen > 0, stage.fake.children().length]).toEqual([true, 1]), { timeout: 20_000 });

    skewMs = 600_000;

    expect(codeOf(await fetching)).toBe("steam_timeout");
    expect(await childrenEnded(stage)).toBe(true);
  });

  test("fetch() ends a tool that floods its output", async () => {
    const stage = await steamcmdStage(
      { items: { "42": { behaviour: ["flood"] } } },
      { limits: { outputBytesMax: 5_000_000 } },
    );

    expect(codeOf(await stage.fetch())).toBe("tool_broken");
    expect(await childrenEnded(stage)).toBe(true);
  });

  test("fetch() in several slots at once shares neither HOME nor folder", async () => {
    const stage = await steamcmdStage({ items: { "42": {} }, delayMs: 150 });

    const outcomes = await Promise.all([0, 1, 2].map((slot) => stage.fetch({ slot, job: `job-${slot}` })));

    expect(outcomes.map(({ kind }) => kind)).toEqual(["fetched", "fetched", "fetched"]);
    expect(new Set(stage.fake.runs().map(({ home }) => home)).size).toBe(3);
    expect(stage.fake.runs().some(({ collided }) => collided)).toBe(false);
  });
});
