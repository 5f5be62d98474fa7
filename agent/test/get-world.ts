import { readdir } from "node:fs/promises";
import { onTestFinished } from "vitest";
import { type GetOptions, getCommand } from "../src/commands/get/get.ts";
import type { GetContext } from "../src/commands/get/get-context.ts";
import type { Engine } from "../src/engine/engine.ts";
import { packFolder } from "../src/pack/pack.ts";
import { fakeEngine } from "./fake-engine.ts";
import { anItem, fakeSteamApi } from "./fake-steam-api.ts";
import { getBench } from "./get-bench.ts";

/** What `get` is told when nothing is chosen. */
export const PLAIN = { force: false, json: false, asFile: false };

/** For a machine that has much else to do. */
export const PATIENT = { timeout: 20_000 };

type Given = {
  /** Whether the engine waits to be released. */
  waits?: boolean;
  items?: Record<string, object>;
  collections?: Record<string, string[]>;
  /** Instead of the one that writes one file. */
  workshop?: Engine;
};

/** `get` with Steam on loopback and an engine in the test's hand. */
export async function getWorld(given: Given = {}, changes: Partial<GetContext> = {}) {
  const { waits = false, items = { "42": anItem() }, collections = { "500": ["42", "43"], "501": ["42"] } } = given;
  const bench = await getBench();
  const steam = await fakeSteamApi({ items, collections });
  onTestFinished(() => steam[Symbol.asyncDispose]());
  const engine = fakeEngine({ waits });
  const context: GetContext = {
    ...bench.context,
    steamApiUrl: steam.url,
    createEngine: () => given.workshop ?? engine,
    pack: (request) => packFolder(request),
    ...changes,
  };
  const { folder, written } = bench;
  const get = (
    targets: string | readonly string[],
    options: Partial<GetOptions> = {},
    more: Partial<GetContext> = {},
  ) => getCommand({ targets: [targets].flat(), ...PLAIN, ...options }, { ...context, ...more });
  return {
    ...bench,
    ...{ steam, engine, context, get },
    out: () => written.out,
    err: () => written.err,
    /** What `--json` has said. */
    results: (): unknown[] =>
      written.out
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    here: async () => (await readdir(folder.at("here"))).toSorted(),
    /** What waits for the same command, in the scratch folder. */
    waiting: () => readdir(folder.at("scratch")).catch(() => []),
  };
}
