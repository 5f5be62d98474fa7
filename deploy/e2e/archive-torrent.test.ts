import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { createEmbeddedClient } from "../../agent/src/engine/torrent/embedded/embedded-client.ts";
import { type Metainfo, parseMetainfo } from "../../agent/src/engine/torrent/metainfo.ts";
import { denseText } from "./content.ts";
import { type Fleet, type Runtime, startFleet } from "./fleet.ts";
import { askUntil, until } from "./wait.ts";

vi.setConfig({ testTimeout: 60_000 });

const ID = "9000000101";
/** Several pieces. */
const FILES = { "big.txt": denseText(1_200_000), "small.txt": "small" };
const PIECE_BYTES = 256 * 1024;
const ModView = z.object({ current: z.object({ archive: z.object({ torrent: z.string(), sha256: z.string() }) }) });

type Published = { zip: Buffer; file: Uint8Array; torrent: Metainfo; sha256: string };

/** The zip as it is served, and its torrent as it stands in the library. */
async function published(fleet: Fleet): Promise<Published> {
  const zip = await (await askUntil(`${fleet.url}/download/steam/${ID}`, 200)).arrayBuffer();
  const { current } = ModView.parse(await (await fetch(`${fleet.url}/api/mods/${ID}`)).json());
  const { torrent, sha256 } = current.archive;
  const file = new Uint8Array(await (await fetch(`${fleet.url}${torrent}`)).arrayBuffer());
  return { zip: Buffer.from(zip), file, torrent: parseMetainfo(file), sha256 };
}

/** Downloads a torrent that nobody shares: all there is is its web seed. Gives the SHA-256 of what lies in the folder then. */
async function downloaded(folder: string, file: Uint8Array, { infoHash, name }: Metainfo): Promise<string> {
  const { signal } = new AbortController();
  const log = { info: () => {}, warn: () => {} };
  const client = await createEmbeddedClient({
    ports: { first: 0, last: 0 },
    ...{ stateFolder: null, allowPrivate: true, log },
  });
  try {
    await client.add({ from: { kind: "metainfo", bytes: file }, folder }, signal);
    await until("it is downloaded", async () => (await client.get(infoHash, signal))?.phase === "complete");
    return createHash("sha256")
      .update(await readFile(join(folder, name)))
      .digest("hex");
  } finally {
    await client.close();
  }
}

function piecesOf(bytes: Buffer): string[] {
  const count = Math.ceil(bytes.length / PIECE_BYTES);
  return Array.from({ length: count }, (_, n) =>
    createHash("sha1")
      .update(bytes.subarray(n * PIECE_BYTES, (n + 1) * PIECE_BYTES))
      .digest("hex"),
  );
}

describe.concurrent.each<Runtime>(["node", "deno"])("the torrent of an archive on %s", (runtime) => {
  test("has the pieces of the zip that an agent uploaded, and a client gets it from its address alone", async () => {
    await using fleet = await startFleet({ runtime, items: { [ID]: { files: FILES } } });

    const { zip, file, torrent, sha256 } = await published(fleet);

    expect(torrent).toMatchObject({ isFolder: false, length: zip.length, pieceLength: PIECE_BYTES, isPrivate: false });
    expect(torrent.pieces.toString("hex")).toBe(piecesOf(zip).join(""));
    expect(torrent.webSeeds).toEqual([expect.stringMatching(new RegExp(`^${fleet.url}/api/mods/${ID}/versions/`))]);
    expect(await downloaded(join(fleet.folder, "shared"), file, torrent)).toBe(sha256);
  });
});
