import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { locateContent } from "./content.ts";
import { contentSize, folderSize } from "./folder-size.ts";
import { measureDownload, watchDownload } from "./progress.ts";
import type { Stop } from "./run-tool.ts";
import { itemPath, workshopPaths } from "./workshop-paths.ts";

async function tempFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "modfleet-progress-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

describe("folderSize()", () => {
  test("folderSize() sums files in all depths and follows no link", async () => {
    const folder = await tempFolder();
    await put(join(folder, "in/a"), "12345");
    await put(join(folder, "in/b/c"), "123");
    await put(join(folder, "out"), "not counted");
    await symlink(folder, join(folder, "in/loop"));
    await symlink(join(folder, "out"), join(folder, "in/link"));

    expect(await folderSize(join(folder, "in"))).toEqual({ bytes: 8, files: 2 });
  });

  test("folderSize() takes a missing folder as empty", async () => {
    expect(await folderSize("/nowhere/at/all")).toEqual({ bytes: 0, files: 0 });
  });

  test("folderSize() counts the space a file has got, not the space it will have", async () => {
    const folder = await tempFolder();
    await put(join(folder, "reserved"), "some bytes");
    await truncate(join(folder, "reserved"), 50_000_000);

    expect((await folderSize(folder)).bytes).toBeLessThan(50_000_000);
    expect((await folderSize(folder, contentSize)).bytes).toBe(50_000_000);
  });
});

describe("measureDownload()", () => {
  test("measureDownload() counts partial and complete bytes, and neither twice in the largest", async () => {
    const installDir = await tempFolder();
    await put(join(workshopPaths(installDir).downloads, "7/42/part"), "1234");
    await put(join(itemPath(installDir, 7, "42"), "a"), "123456");

    expect(await measureDownload(installDir)).toEqual({ bytes: 10, largest: 6 });
  });
});

describe("watchDownload()", () => {
  async function watching(changes: { maxBytes?: number; stallMs?: number; expectedBytes?: number | null } = {}) {
    const installDir = await tempFolder();
    const over = new AbortController();
    onTestFinished(() => over.abort());
    let time = 0;
    const seen: { bytes: number; total: number | null }[] = [];
    const stops: Stop[] = [];
    const { maxBytes = 1_000, stallMs = 100, expectedBytes = null } = changes;
    const watch = watchDownload({
      installDir,
      request: { maxBytes, expectedBytes, onProgress: (progress) => seen.push(progress) },
      limits: { pollMs: 1, stallMs },
      now: () => time,
      stop: (why) => stops.push(why),
      signal: over.signal,
    });
    const grow = (name: string, text: string) => put(join(workshopPaths(installDir).downloads, "7/42", name), text);
    const pass = (ms: number) => {
      time += ms;
    };
    return { seen, stops, watch, grow, pass, over };
  }

  test("watchDownload() reports each growth with the expected total", async () => {
    const { seen, grow } = await watching({ expectedBytes: 6 });
    await vi.waitFor(() => expect(seen).toEqual([{ bytes: 0, total: 6 }]));
    await grow("part", "1234");

    await vi.waitFor(() => expect(seen.at(-1)).toEqual({ bytes: 4, total: 6 }));
  });

  test("watchDownload() never reports more bytes than the total", async () => {
    const { seen, grow } = await watching({ expectedBytes: 2 });
    await grow("part", "1234");

    await vi.waitFor(() => expect(seen.at(-1)).toEqual({ bytes: 4, total: 4 }));
  });

  test("watchDownload() asks for an end when the bytes pass the limit", async () => {
    const { stops, watch, grow } = await watching({ maxBytes: 3 });
    await grow("part", "1234");

    await watch;

    expect(stops).toEqual(["too_large"]);
  });

  test("watchDownload() asks for an end only after a whole time without growth", async () => {
    const { stops, watch, grow, pass, seen } = await watching({ stallMs: 100 });
    await vi.waitFor(() => expect(seen).toHaveLength(1));
    pass(90);
    await grow("part", "1234");
    await vi.waitFor(() => expect(seen).toHaveLength(2));
    pass(90);
    await grow("more", "1234");
    await vi.waitFor(() => expect(seen).toHaveLength(3));
    expect(stops).toEqual([]);
    pass(100);

    await watch;

    expect(stops).toEqual(["stalled"]);
  });

  test("watchDownload() ends quietly with its signal", async () => {
    const { stops, watch, over } = await watching();
    over.abort();

    await watch;

    expect(stops).toEqual([]);
  });
});

describe("locateContent()", () => {
  async function aJob() {
    const folder = await tempFolder();
    const installDir = join(folder, "job/steam");
    const home = join(folder, "home");
    await mkdir(installDir, { recursive: true });
    await mkdir(home, { recursive: true });
    const expected = itemPath(installDir, 7, "42");
    const locate = (printed: string) =>
      locateContent({ installDir, app: 7, item: "42", printed, slotFolders: [home, join(folder, "tool")] });
    return { folder, installDir, home, expected, locate };
  }

  test("locateContent() believes a printed path inside the folder", async () => {
    const { installDir, locate } = await aJob();
    const printed = join(installDir, "somewhere/42");
    await put(join(printed, "a"), "12345");

    expect(await locate(printed)).toEqual({ root: printed, bytes: 5, files: 1 });
  });

  test.each(["/etc/42", "/", "", "../42", "\0/42"])("locateContent() does not believe %j", async (printed) => {
    const { expected, locate } = await aJob();
    await put(join(expected, "a"), "12345");

    expect(await locate(printed)).toEqual({ root: expected, bytes: 5, files: 1 });
  });

  test("locateContent() does not take the whole folder for the item", async () => {
    const { installDir, locate } = await aJob();
    await put(join(installDir, "secret"), "12345");

    expect(await locate(installDir)).toBeNull();
    expect(await locate(dirname(installDir))).toBeNull();
  });

  test("locateContent() follows no link out of the folder", async () => {
    const { folder, expected, locate } = await aJob();
    await put(join(folder, "outside/42/a"), "12345");
    await mkdir(dirname(expected), { recursive: true });
    await symlink(join(folder, "outside/42"), expected);

    expect(await locate(expected)).toBeNull();
  });

  test("locateContent() moves what a build put into the slot's own HOME", async () => {
    const { home, expected, locate } = await aJob();
    await put(join(home, "Steam/steamapps/workshop/content/7/42/a"), "12345");

    const found = await locate(join(home, "Steam/steamapps/workshop/content/7/42"));

    expect(found).toEqual({ root: expected, bytes: 5, files: 1 });
  });

  test("locateContent() wants at least one byte", async () => {
    const { expected, locate } = await aJob();
    await put(join(expected, "empty"), "");

    expect(await locate(expected)).toBeNull();
  });
});
