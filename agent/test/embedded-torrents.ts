import { readFile } from "node:fs/promises";
import { expect } from "vitest";
import type { TorrentClient, TorrentStatus } from "../src/engine/torrent/client.ts";
import {
  createEmbeddedClient,
  type EmbeddedClient,
  type EmbeddedOptions,
} from "../src/engine/torrent/embedded/embedded-client.ts";
import type { TestTorrent } from "./a-torrent.ts";
import { eventually } from "./eventually.ts";
import type { TempFolder } from "./temp-folder.ts";

/** Nothing that a test has to wait for. */
export const QUICK_LIMITS = { utpCloseMs: 100, goodbyeMs: 500, webSeedAgainMs: 20, announceAgainMs: 50 };

export const never = new AbortController().signal;

export type TestClient = EmbeddedClient & AsyncDisposable & { logged: { message: string; detail: object }[] };

/** A real client on a port of the system's, which may talk with this machine. */
export async function embedded(options: Partial<EmbeddedOptions> = {}): Promise<TestClient> {
  const logged: TestClient["logged"] = [];
  const note = (detail: object, message: string) => void logged.push({ message, detail });
  const client = await createEmbeddedClient({
    ...{ ports: { first: 0, last: 0 }, stateFolder: null, allowPrivate: true, log: { info: note, warn: note } },
    limits: QUICK_LIMITS,
    ...options,
  });
  return { ...client, logged, [Symbol.asyncDispose]: () => client.close() };
}

/** Waits until a torrent's status has these values. */
export function untilStatus(
  client: TorrentClient,
  hash: string,
  values: Partial<TorrentStatus>,
): Promise<TorrentStatus> {
  return eventually(async () => {
    const status = await client.get(hash, never);
    expect(status).toMatchObject(values);
    if (status === null) throw new Error("No such torrent");
    return status;
  });
}

/** The files of a torrent below `at`, as its maker had them. */
export async function writeContent(folder: TempFolder, at: string, torrent: TestTorrent, name: string): Promise<void> {
  const isSingle = name in torrent.files;
  const files = Object.entries(torrent.files).map(([path, bytes]) => [
    `${at}/${isSingle ? path : `${name}/${path}`}`,
    bytes,
  ]);
  await folder.write(Object.fromEntries(files));
}

export type Seeder = { client: TestClient; torrent: TestTorrent; name: string };

/** Adds a torrent with all its data to `client`, from the folder `seed` of `folder`. */
export async function seed(folder: TempFolder, { client, torrent, name }: Seeder): Promise<void> {
  await writeContent(folder, "seed", torrent, name);
  await client.add({ from: { kind: "metainfo", bytes: torrent.content }, folder: folder.at("seed") }, never);
  await untilStatus(client, torrent.hash, { phase: "complete" });
}

/** A link that leads to one client. */
export const magnetTo = ({ hash }: TestTorrent, ...clients: readonly { port: number }[]): string =>
  [`magnet:?xt=urn:btih:${hash}`, ...clients.map(({ port }) => `x.pe=127.0.0.1:${port}`)].join("&");

export const readBytes = (folder: TempFolder, ...names: string[]): Promise<Buffer> => readFile(folder.at(...names));
