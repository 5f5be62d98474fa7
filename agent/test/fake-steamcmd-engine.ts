import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Engine, FetchOutcome, FetchRequest } from "../src/engine/engine.ts";
import type { SteamcmdOptions } from "../src/engine/options.ts";
import { createSteamcmdEngine } from "../src/engine/steamcmd/engine.ts";
import { type FakeOptions, type FakeSteamcmd, installFakeSteamcmd } from "./fake-steamcmd.ts";

/** Real time, but nothing that a test has to wait for. */
export const QUICK = { pollMs: 10, stallMs: 20_000, killGraceMs: 100, rerunWaitMs: 1, checkMs: 10_000 };

export const silent = { info: () => undefined, warn: () => undefined };

export type Stage = {
  fake: FakeSteamcmd;
  engine: Engine;
  folder: string;
  toolFolder: string;
  /** Asks for item 42 of app 7 in the job folder `job`. */
  fetch(request?: Partial<FetchRequest> & { job?: string }): Promise<FetchOutcome>;
};

/** The engine over the fake program, in a folder that goes away with the test. */
export async function steamcmdStage(
  fakeOptions: Omit<FakeOptions, "folder"> = {},
  options: Partial<SteamcmdOptions> = {},
): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), "modfleet-steamcmd-"));
  const over = new AbortController();
  const running: Promise<FetchOutcome>[] = [];
  // A test that fails while its program hangs must not leave that program behind.
  onTestFinished(async () => {
    over.abort();
    await Promise.allSettled(running);
    await rm(folder, { recursive: true, force: true });
  });
  const fake = await installFakeSteamcmd({ folder: join(folder, "given"), ...fakeOptions });
  const toolFolder = join(folder, "tool");
  const engine = createSteamcmdEngine({
    toolFolder,
    steamcmdPath: fake.path,
    downloadUrl: null,
    steamUser: "anonymous",
    platform: "linux",
    environment: process.env,
    now: Date.now,
    log: silent,
    fetch,
    ...options,
    limits: { ...QUICK, ...options.limits },
  });
  return {
    fake,
    engine,
    folder,
    toolFolder,
    async fetch({ job = "job", signal, ...request } = {}) {
      await mkdir(join(folder, job), { recursive: true });
      const outcome = engine.fetch({
        source: { kind: "workshop", app: 7, item: "42" },
        folder: join(folder, job),
        maxBytes: 100_000_000,
        expectedBytes: null,
        slot: 0,
        onProgress: () => undefined,
        signal: AbortSignal.any(signal === undefined ? [over.signal] : [signal, over.signal]),
        ...request,
      });
      running.push(outcome);
      return await outcome;
    },
  };
}

/** Path → text of everything below `root`. */
export async function filesIn(root: string): Promise<Record<string, string>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = await Promise.all(
    files.toSorted().map(async (file) => [file.slice(root.length + 1), await readFile(file, "utf8")]),
  );
  return Object.fromEntries(texts);
}

/** What went wrong, or how it ended otherwise. */
export const codeOf = (outcome: FetchOutcome): string =>
  outcome.kind === "failed" ? outcome.failure.code : outcome.kind;

/** Path → text of what was fetched. */
export async function contentOf(outcome: FetchOutcome): Promise<Record<string, string>> {
  if (outcome.kind !== "fetched") throw new Error(JSON.stringify(outcome));
  return await filesIn(outcome.root);
}
