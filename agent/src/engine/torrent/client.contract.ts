import { readFile, stat } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { aTorrent } from "../../../test/a-torrent.ts";
import { tempFolder } from "../../../test/temp-folder.ts";
import {
  becomes,
  exists,
  hashOf,
  never,
  type OpenClient,
  orderOf,
  writeContent,
} from "../../../test/torrent-client-bench.ts";
import { magnets, sharing } from "./client-sharing.contract.ts";

const UNKNOWN = "0123456789abcdef0123456789abcdef01234567";

/** What every torrent client promises, whoever does the work. Peers are found by a tracker over HTTP on loopback. */
export function describeTorrentClient(name: string, open: OpenClient): void {
  describe(name, () => {
    adding(open);
    controlling(open);
    removing(open);
    refusing(open);
    sharing(open);
    magnets(open);
  });
}

function adding(open: OpenClient): void {
  test("add() makes the folder and answers with the torrent, which list() and get() know from then on", async () => {
    await using folder = await tempFolder();
    await using opened = await open();
    const { client } = opened;
    const torrent = aTorrent("payload.bin");
    const known = { infoHash: hashOf(torrent), name: "payload.bin", totalBytes: 100_000, problem: null };

    const added = await client.add(orderOf(torrent, folder.at("new", "deep")), never);

    expect(added).toMatchObject({ ...known, folder: folder.at("new", "deep"), isPaused: false });
    expect((await stat(folder.at("new", "deep"))).isDirectory()).toBe(true);
    expect(await client.list(never)).toMatchObject([known]);
    expect(await client.get(torrent.hash.toUpperCase(), never)).toMatchObject(known);
    expect(await client.get(torrent.hash.toLowerCase(), never)).toMatchObject(known);
    expect(await client.get(UNKNOWN, never)).toBe(null);
  });

  test("add() of a torrent that is there answers with it and changes nothing", async () => {
    await using folder = await tempFolder();
    await using opened = await open();
    const torrent = aTorrent("payload.bin");
    await opened.client.add(orderOf(torrent, folder.at("first"), { isPaused: true }), never);

    const again = await opened.client.add(orderOf(torrent, folder.at("second")), never);

    expect(again).toMatchObject({ infoHash: hashOf(torrent), folder: folder.at("first"), isPaused: true });
    expect(await opened.client.list(never)).toHaveLength(1);
  });

  test("add() checks data that lies there, and has it complete", async () => {
    await using folder = await tempFolder();
    await using opened = await open();
    const torrent = aTorrent("pack", { "a.bin": 40_000, "sub/b.bin": 50_000 });
    await writeContent(folder, torrent, "pack/");

    await opened.client.add(orderOf(torrent, folder.path), never);

    await becomes(opened.client, torrent, { phase: "complete", bytes: 90_000, totalBytes: 90_000 });
  });

  test("add() goes on with what is right of the data that lies there", async () => {
    await using folder = await tempFolder();
    await using opened = await open();
    const torrent = aTorrent("payload.bin", 100_000);
    const bytes = Buffer.from(torrent.files["payload.bin"] ?? "");
    bytes.fill(0, 20_000, 20_100);
    await folder.write({ "payload.bin": bytes });

    await opened.client.add(orderOf(torrent, folder.path), never);

    await becomes(opened.client, torrent, { phase: "downloading", bytes: 100_000 - 16_384 });
  });

  test("files() names the torrent's own folder first, and says what of them is wanted", async () => {
    await using folder = await tempFolder();
    await using opened = await open();
    const torrent = aTorrent("pack", { "a.bin": 40_000, "sub/b.bin": 50_000 });

    const added = await opened.client.add(
      orderOf(torrent, folder.path, { files: ["pack/sub/b.bin"], isPaused: true }),
      never,
    );

    expect(added).toMatchObject({ totalBytes: 50_000 });
    expect(await opened.client.files(torrent.hash, never)).toEqual([
      { path: "pack/a.bin", bytes: 40_000, doneBytes: 0, isWanted: false },
      { path: "pack/sub/b.bin", bytes: 50_000, doneBytes: 0, isWanted: true },
    ]);
  });

  test("files() of a single file has no folder", async () => {
    await using folder = await tempFolder();
    await using opened = await open();
    const torrent = aTorrent("we <i>r&d ü.bin", 20_000);
    await opened.client.add(orderOf(torrent, folder.path, { isPaused: true }), never);

    expect(await opened.client.files(hashOf(torrent), never)).toEqual([
      { path: "we <i>r&d ü.bin", bytes: 20_000, doneBytes: 0, isWanted: true },
    ]);
  });
}

function controlling(open: OpenClient): void {
  test("pause() and resume() hold a torrent and let it go, and may be said twice", async () => {
    await using folder = await tempFolder();
    await using opened = await open();
    const { client } = opened;
    const torrent = aTorrent();
    await client.add(orderOf(torrent, folder.path, { isPaused: true }), never);
    await becomes(client, torrent, { isPaused: true });

    await client.resume(torrent.hash.toLowerCase(), never);
    await becomes(client, torrent, { isPaused: false });
    await client.resume(torrent.hash, never);
    await client.pause(torrent.hash.toUpperCase(), never);
    await client.pause(torrent.hash, never);

    await becomes(client, torrent, { isPaused: true });
  });

  test("setLimits() takes numbers and takes them away", async () => {
    await using folder = await tempFolder();
    await using opened = await open();
    const torrent = aTorrent();
    await writeContent(folder, torrent, "");

    await opened.client.setLimits({ downRate: 50_000, upRate: 1 }, never);
    await opened.client.setLimits({ downRate: null, upRate: null }, never);
    await opened.client.add(orderOf(torrent, folder.path), never);

    await becomes(opened.client, torrent, { phase: "complete" });
  });

  test("looksForPeers() says that it asks nobody but those it was told of", async () => {
    await using opened = await open();

    expect(await opened.client.looksForPeers(never)).toBe(false);
  });

  test("close() can be said twice", async () => {
    await using opened = await open();

    await opened.client.close();

    await expect(opened.client.close()).resolves.toBe(undefined);
  });
}

function removing(open: OpenClient): void {
  test.each([true, false])(
    "remove() takes a torrent off, its data with deleteData %s, and nothing beside it",
    async (deleteData) => {
      await using folder = await tempFolder();
      await using opened = await open();
      const torrent = aTorrent("pack", { "a.bin": 40_000, "sub/b.bin": 50_000 });
      await writeContent(folder, torrent, "pack/");
      await folder.write({ "packet/other.bin": "other", "b.bin": "other" });
      await opened.client.add(orderOf(torrent, folder.path), never);
      await becomes(opened.client, torrent, { phase: "complete" });

      await opened.client.remove(torrent.hash, { deleteData }, never);

      expect(await opened.client.get(torrent.hash, never)).toBe(null);
      expect(await opened.client.list(never)).toEqual([]);
      expect(await exists(folder.at("pack"))).toBe(!deleteData);
      expect(await exists(folder.at("pack/sub/b.bin"))).toBe(!deleteData);
      expect(await readFile(folder.at("packet/other.bin"), "utf8")).toBe("other");
      expect(await readFile(folder.at("b.bin"), "utf8")).toBe("other");
    },
  );

  test("remove() takes a single file away, and the torrent can be added anew", async () => {
    await using folder = await tempFolder();
    await using opened = await open();
    const torrent = aTorrent("payload.bin");
    await writeContent(folder, torrent, "");
    await opened.client.add(orderOf(torrent, folder.path), never);
    await becomes(opened.client, torrent, { phase: "complete" });

    await opened.client.remove(torrent.hash.toLowerCase(), { deleteData: true }, never);

    expect(await exists(folder.at("payload.bin"))).toBe(false);
    expect(await exists(folder.path)).toBe(true);
    await opened.client.add(orderOf(torrent, folder.path, { isPaused: true }), never);
    expect(await opened.client.get(torrent.hash, never)).toMatchObject({ bytes: 0, isPaused: true });
  });
}

function refusing(open: OpenClient): void {
  test("pause(), resume(), remove() and files() refuse a torrent that is not there as not_found", async () => {
    await using opened = await open();
    const { client } = opened;
    const refused = { name: "TorrentError", problem: "not_found" };

    await expect(client.pause(UNKNOWN, never)).rejects.toMatchObject(refused);
    await expect(client.resume(UNKNOWN, never)).rejects.toMatchObject(refused);
    await expect(client.remove(UNKNOWN, { deleteData: true }, never)).rejects.toMatchObject(refused);
    await expect(client.files("no hash at all", never)).rejects.toMatchObject(refused);
  });

  test.each<[string, Uint8Array]>([
    ["that is empty", new Uint8Array()],
    ["that is a page", Buffer.from("<!DOCTYPE html><html>404</html>")],
    ["that is cut off", aTorrent().content.subarray(0, 150)],
    ["whose name leads out", aTorrent("../evil.bin").content],
    ["with a file that leads out", aTorrent("pack", { "../../evil.bin": 10 }).content],
    ["with an absolute file", aTorrent("pack", { "/etc/evil": 10 }).content],
  ])("add() refuses metainfo %s as invalid", async (_, bytes) => {
    await using folder = await tempFolder();
    await using opened = await open();

    const added = opened.client.add({ from: { kind: "metainfo", bytes }, folder: folder.at("in") }, never);

    await expect(added).rejects.toMatchObject({ name: "TorrentError", problem: "invalid" });
    expect(await opened.client.list(never)).toEqual([]);
  });

  test("add() refuses a link that is no magnet link as invalid", async () => {
    await using folder = await tempFolder();
    await using opened = await open();

    for (const uri of ["", "https://example.org/a.torrent", "magnet:?dn=nothing", "magnet:?xt=urn:btih:short"]) {
      const added = opened.client.add({ from: { kind: "magnet", uri }, folder: folder.path }, never);
      await expect(added, uri).rejects.toMatchObject({ name: "TorrentError", problem: "invalid" });
    }
  });

  test("add() refuses more than maxBytes as too_large, counting what is wanted", async () => {
    await using folder = await tempFolder();
    await using opened = await open();
    const torrent = aTorrent("pack", { "a.bin": 40_000, "b.bin": 50_000 });

    const added = opened.client.add(orderOf(torrent, folder.path, { maxBytes: 89_999 }), never);

    await expect(added).rejects.toMatchObject({ name: "TorrentError", problem: "too_large" });
    expect(await opened.client.list(never)).toEqual([]);
    const some = orderOf(torrent, folder.path, { maxBytes: 50_000, files: ["pack/b.bin"], isPaused: true });
    expect(await opened.client.add(some, never)).toMatchObject({ totalBytes: 50_000 });
  });

  test("all methods refuse a signal that is aborted with its reason", async () => {
    await using folder = await tempFolder();
    await using opened = await open();
    const { client } = opened;
    const gone = AbortSignal.abort(new Error("enough"));

    await expect(client.list(gone)).rejects.toThrow("enough");
    await expect(client.get(UNKNOWN, gone)).rejects.toThrow("enough");
    await expect(client.add(orderOf(aTorrent(), folder.path), gone)).rejects.toThrow("enough");
    await expect(client.remove(UNKNOWN, { deleteData: true }, gone)).rejects.toThrow("enough");
    expect(await client.list(never)).toEqual([]);
  });
}
