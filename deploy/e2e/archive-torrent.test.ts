import { createHash } from "node:crypto";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { type Metainfo, parseMetainfo } from "../../agent/src/engine/torrent/metainfo.ts";
import { denseText } from "./content.ts";
import { type Fleet, type Runtime, startFleet } from "./fleet.ts";
import { askUntil } from "./wait.ts";

vi.setConfig({ testTimeout: 60_000 });

const ID = "9000000101";
/** Several pieces. */
const FILES = { "big.txt": denseText(1_200_000), "small.txt": "small" };
const PIECE_BYTES = 256 * 1024;
const ModView = z.object({ current: z.object({ archive: z.object({ torrent: z.string(), sha256: z.string() }) }) });

/** The zip as it is served, and its torrent as it stands in the library. */
async function published(fleet: Fleet): Promise<{ zip: Buffer; torrent: Metainfo; sha256: string }> {
  const zip = await (await askUntil(`${fleet.url}/download/steam/${ID}`, 200)).arrayBuffer();
  const { current } = ModView.parse(await (await fetch(`${fleet.url}/api/mods/${ID}`)).json());
  const torrent = await (await fetch(`${fleet.url}${current.archive.torrent}`)).arrayBuffer();
  return { zip: Buffer.from(zip), torrent: parseMetainfo(new Uint8Array(torrent)), sha256: current.archive.sha256 };
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
  test("has the pieces of the zip that an agent uploaded, and its address", async () => {
    await using fleet = await startFleet({ runtime, items: { [ID]: { files: FILES } } });

    const { zip, torrent } = await published(fleet);

    expect(torrent).toMatchObject({ isFolder: false, length: zip.length, pieceLength: PIECE_BYTES, isPrivate: false });
    expect(torrent.pieces.toString("hex")).toBe(piecesOf(zip).join(""));
    expect(torrent.webSeeds).toEqual([expect.stringMatching(new RegExp(`^${fleet.url}/api/mods/${ID}/versions/`))]);
  });
});
