import { mkdir } from "node:fs/promises";
import { onTestFinished } from "vitest";
import type { Beside, Engine, FetchOutcome, FetchRequest } from "../src/engine/engine.ts";
import { createTorrentEngine } from "../src/engine/torrent/engine.ts";
import type { TorrentOptions } from "../src/engine/torrent/options.ts";
import type { TestTorrent } from "./a-torrent.ts";
import { silent } from "./fake-steamcmd-engine.ts";
import { type HeldTorrents, heldTorrents } from "./held-torrents.ts";
import { serving } from "./http-file-server.ts";
import { type TempFolder, tempFolder } from "./temp-folder.ts";

/** Nothing that a test has to wait for; what has to end without a wait is handed in smaller. */
export const QUICK_TORRENTS = {
  pollMs: 5,
  tickMs: 5,
  forgottenMs: 20,
  metadataMs: 20_000,
  stallMs: 20_000,
  serverDownMs: 20_000,
};

export type TorrentStage = {
  engine: Engine;
  world: HeldTorrents;
  folder: TempFolder;
  /** What a volunteer allows, and what was counted for them. */
  beside: Beside & { moved: number; isShort: boolean; isUsedUp: boolean; looks: number };
  clock: { now: number };
  /** How often the client was opened. */
  opened: () => number;
  /** How often the engine asked what the volunteer allows, which it does for every torrent at every look. */
  looks: () => number;
  fetch(request: Partial<FetchRequest> & { job?: string }): Promise<FetchOutcome>;
  /** The next life of the agent on the same disk, with the same client. */
  again(): Promise<Engine>;
};

type Given = Partial<TorrentOptions> & { isStarted?: boolean };

/** The engine over a client in the test's hand, started as an agent does it; all of it ends with the test. */
export async function torrentStage(torrents: readonly TestTorrent[], given: Given = {}): Promise<TorrentStage> {
  const { isStarted = true, limits, ...options } = given;
  const folder = await tempFolder();
  const world = heldTorrents(torrents);
  const clock = { now: 1_000_000 };
  const over = new AbortController();
  const engines: Engine[] = [];
  let opened = 0;
  const beside = besideOf();
  const create = (): Engine => {
    const engine = createTorrentEngine({
      folder: folder.at("torrents"),
      openClient: async () => {
        opened += 1;
        return world.client;
      },
      ...{ server: null, seeding: { ratio: 1, ms: 60_000 }, now: () => clock.now, log: silent, allowPrivate: true },
      ...{ ...options, limits: { ...QUICK_TORRENTS, ...limits } },
    });
    engines.push(engine);
    if (isStarted) engine.start?.(beside);
    return engine;
  };
  onTestFinished(async () => {
    over.abort();
    for (const engine of engines) await engine.close?.();
    await folder[Symbol.asyncDispose]();
  });
  const stage: TorrentStage = {
    ...{ engine: create(), world, folder, beside, clock, opened: () => opened, looks: () => beside.looks },
    fetch: async ({ job = "job", signal, ...request }) => {
      await mkdir(folder.at(job), { recursive: true });
      return await stage.engine.fetch({
        ...{ source: { kind: "torrent" }, folder: folder.at(job), maxBytes: 1e9, expectedBytes: null, slot: 0 },
        ...{ onProgress: () => undefined, signal: AbortSignal.any([over.signal, ...(signal ? [signal] : [])]) },
        ...request,
      });
    },
    again: async () => {
      await stage.engine.close?.();
      stage.engine = create();
      return stage.engine;
    },
  };
  return stage;
}

function besideOf(): TorrentStage["beside"] {
  const beside: TorrentStage["beside"] = {
    ...{ moved: 0, isShort: false, isUsedUp: false, looks: 0 },
    onMoved: (bytes) => {
      beside.moved += bytes;
    },
    mayMove: () => !beside.isUsedUp,
    isShortOfRoom: () => {
      beside.looks += 1;
      return beside.isShort;
    },
  };
  return beside;
}

export const hashOf = ({ hash }: TestTorrent): string => hash.toLowerCase();

export const magnetOf = (torrent: TestTorrent, files?: string[]) =>
  ({ kind: "torrent", magnet: `magnet:?xt=urn:btih:${hashOf(torrent)}`, ...(files && { files }) }) as const;

/** An address that answers with these bytes. */
export async function served(bytes: Uint8Array): Promise<string> {
  const { url } = await serving((_, response) => void response.end(bytes));
  return url;
}

export const detailOf = (outcome: FetchOutcome): string =>
  outcome.kind === "failed" ? outcome.failure.detail : outcome.kind;

/** Path → text of some of a torrent's files. */
export const textsOf = ({ files }: TestTorrent, ...paths: string[]): Record<string, string> =>
  Object.fromEntries(paths.map((path) => [path, String(files[path])]));

/** Where the engine keeps a torrent's data. */
export const dataOf = ({ folder }: TorrentStage, torrent: TestTorrent): string =>
  folder.at("torrents/data", hashOf(torrent));
