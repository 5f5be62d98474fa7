import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { codeOf, contentOf, steamcmdStage } from "../../../test/fake-steamcmd-engine.ts";

describe("fetch() of an item", () => {
  test("fetch() delivers the item's folder, the build and the manifest", async () => {
    const stage = await steamcmdStage({
      items: { "42": { files: { "a.txt": "one", "sub/b.txt": "two" }, manifest: "6600000001" } },
    });

    const outcome = await stage.fetch();

    expect(await contentOf(outcome)).toEqual({ "a.txt": "one", "sub/b.txt": "two" });
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

    expect(await contentOf(await stage.fetch())).toEqual({ "readme.txt": "item 42\n" });
  });

  test("fetch() takes an item that a build put below HOME", async () => {
    const stage = await steamcmdStage({ items: { "42": { behaviour: ["elsewhere"] } } });

    const outcome = await stage.fetch();

    expect(await contentOf(outcome)).toEqual({ "readme.txt": "item 42\n" });
    expect(outcome).toHaveProperty("root", expect.stringContaining(join(stage.folder, "job")));
  });

  test("fetch() uses the expected folder when the printed path is none of its own", async () => {
    const stage = await steamcmdStage({ items: { "42": { behaviour: ["lie"] } } });

    expect(await contentOf(await stage.fetch())).toEqual({ "readme.txt": "item 42\n" });
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

    expect(await contentOf(await stage.fetch())).toEqual({ "readme.txt": "item 42\n" });
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

    expect(await contentOf(await stage.fetch())).toEqual({ "readme.txt": "item 42\n" });
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
