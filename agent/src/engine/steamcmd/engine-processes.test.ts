import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { isRunning } from "../../../test/fake-steamcmd.ts";
import { codeOf, steamcmdStage } from "../../../test/fake-steamcmd-engine.ts";

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
