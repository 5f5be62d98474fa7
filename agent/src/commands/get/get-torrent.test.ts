import { readdir, readFile, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { aTorrent } from "../../../test/a-torrent.ts";
import { getWorld } from "../../../test/get-world.ts";
import { serve, serving } from "../../../test/http-file-server.ts";
import { memoryTorrents } from "../../../test/memory-torrents.ts";
import { PrivateAddressError } from "../../engine/http/public-address.ts";
import { TorrentError } from "../../engine/torrent/client.ts";

const FOLDER = aTorrent("mod pack", { "a.txt": 60_000, "sub/b.bin": 70_000 });
const SINGLE = aTorrent("map.vpk", 100_000);
const torrents = [FOLDER, SINGLE];
const magnetOf = ({ hash }: { hash: string }): string => `magnet:?xt=urn:btih:${hash}&dn=x`;

type Given = Partial<Parameters<typeof memoryTorrents>[0]>;

async function world(given: Given = {}) {
  const client = memoryTorrents({ torrents, ...given });
  const all = await getWorld({}, { openTorrentClient: async () => client });
  await writeFile(all.folder.at("here", "pack.torrent"), FOLDER.content);
  return { ...all, client };
}

test("getCommand() puts what a torrent file holds under the torrent's own name", async () => {
  const all = await world();

  expect(await all.get("pack.torrent", { json: true })).toBe(0);

  const file = all.folder.at("here", "mod pack");
  expect(await all.here()).toEqual(["mod pack", "pack.torrent"]);
  expect(await readFile(all.folder.at("here", "mod pack", "sub", "b.bin"))).toEqual(FOLDER.files["sub/b.bin"]);
  expect(all.results()).toEqual([
    {
      ...{ ok: true, kind: "torrent", target: "pack.torrent", infoHash: FOLDER.hash.toLowerCase(), title: "mod pack" },
      ...{ file, bytes: 130_000, entries: 2, fetched: { tool: "memory 1", manifest: FOLDER.hash.toLowerCase() } },
    },
  ]);
  expect(all.err()).toContain("Downloading mod pack: 61 % (80.0 kB of 130.0 kB)\n");
  expect(all.client.isClosed()).toBe(true);
});

test("getCommand() takes magnet links, and the address of a torrent file", async () => {
  const all = await world({ metadataLooks: 3 });
  const { url } = await serving(serve(FOLDER.content));

  expect(await all.get([magnetOf(SINGLE), `${url}pack.torrent`])).toBe(0);

  expect(await all.here()).toEqual(["map.vpk", "mod pack", "pack.torrent"]);
  expect(await readFile(all.folder.at("here", "map.vpk"))).toEqual(SINGLE.files["map.vpk"]);
  expect(all.err()).toContain(`${SINGLE.hash.toLowerCase().slice(0, 8)}: Looking for somebody who knows `);
});

test("getCommand() lets a torrent go to private places where its own address was typed as one, and no other", async () => {
  const opened: unknown[] = [];
  const all = await world();
  const { url } = await serving(serve(FOLDER.content));
  const openTorrentClient = async (place: object) => {
    opened.push(place);
    return memoryTorrents({ torrents });
  };

  expect(await all.get([`${url}pack.torrent`, magnetOf(SINGLE)], {}, { openTorrentClient })).toBe(0);

  expect(opened).toHaveLength(2);
  expect(opened).toContainEqual({ stateFolder: null, allowPrivate: true });
  expect(opened).toContainEqual({ stateFolder: null });
});

test("getCommand() keeps the torrent file itself with --as-file", async () => {
  const all = await world();
  const { url } = await serving(serve(FOLDER.content, { headers: { "content-disposition": "attachment" } }));

  expect(await all.get(`${url}other.torrent`, { asFile: true })).toBe(0);

  expect(await readFile(all.folder.at("here", "other.torrent"))).toEqual(FOLDER.content);
  expect(all.client.orders).toEqual([]);
});

const TYPED = { "content-type": "application/x-bittorrent", "content-disposition": "" };

test.each([
  ["api/versions/1/torrent", { "content-disposition": "" }],
  ["download?id=7", TYPED],
  ["download?id=7", { "content-disposition": 'attachment; filename="x.torrent"' }],
])("getCommand() takes the answer of %s with %j for a torrent, and keeps it with --as-file", async (path, headers) => {
  const all = await world();
  const { url } = await serving(serve(FOLDER.content, { headers }));

  expect(await all.get(`${url}${path}`, { json: true })).toBe(0);
  expect(await all.here()).toEqual(["mod pack", "pack.torrent"]);
  expect(all.results()).toMatchObject([{ ok: true, kind: "torrent", title: "mod pack", bytes: 130_000 }]);

  expect(await all.get(`${url}${path}`, { asFile: true, output: "kept" })).toBe(0);
  expect(await readFile(all.folder.at("here", "kept"))).toEqual(FOLDER.content);
});

test("getCommand() writes a torrent that an address turns out to be under no file's name", async () => {
  const all = await world();
  const { url } = await serving(serve(FOLDER.content, { headers: TYPED }));

  expect(await all.get(`${url}x`, { output: "mine.zip" })).toBe(2);
  expect(all.err()).toContain("Cannot write a torrent to mine.zip: with torrents, -o names a folder. Put a slash");
  expect(await all.get(`${url}x`, { output: "mine/" })).toBe(0);
  expect(await readdir(all.folder.at("here", "mine"))).toEqual(["mod pack"]);
});

test("getCommand() keeps what arrived of a torrent when it is interrupted, and the same command goes on from there", async () => {
  const held = memoryTorrents({ torrents, heldAt: 80_000 });
  const all = await world();
  let looks = 0;
  const sleep = async (): Promise<void> => {
    looks += 1;
    if (looks === 3) all.interrupt();
  };

  expect(await all.get(magnetOf(FOLDER), {}, { openTorrentClient: async () => held, sleep })).toBe(130);
  expect(await all.here()).toEqual([expect.stringMatching(/^\.modfleet-/), "pack.torrent"]);
  expect(all.err()).toContain("What arrived is kept: the same command goes on from there");

  const { signal } = new AbortController();
  expect(await all.get("pack.torrent", {}, { signal })).toBe(0);
  expect(all.client.foundBytes).toEqual([80_000]);
  expect(await all.here()).toEqual(["mod pack", "pack.torrent"]);
  expect(await readFile(all.folder.at("here", "mod pack", "a.txt"))).toEqual(FOLDER.files["a.txt"]);
});

test.each(["pack.torrent", magnetOf(FOLDER)])(
  "getCommand() leaves what is in the way of %s alone before a byte of it is loaded, unless it is forced",
  async (target) => {
    const all = await world();
    await all.folder.write({ "here/mod pack/mine.txt": "precious" });

    expect(await all.get(target)).toBe(2);
    expect(all.err()).toMatch(/mod pack exists already\. Use --force/);
    expect(await readdir(all.folder.at("here", "mod pack"))).toEqual(["mine.txt"]);
    expect(await all.here()).toEqual(["mod pack", "pack.torrent"]);

    expect(await all.get(target, { force: true })).toBe(0);
    expect((await readdir(all.folder.at("here", "mod pack"))).toSorted()).toEqual(["a.txt", "sub"]);
    expect(await all.here()).toEqual(["mod pack", "pack.torrent"]);
  },
);

test("getCommand() gives up a torrent that nobody has, and says that it can be gone on with", async () => {
  const all = await world({ metadataLooks: 1_000 });
  let time = 0;
  const now = (): number => (time += 60_000);

  expect(await all.get(magnetOf(FOLDER), { json: true }, { now })).toBe(1);

  expect(all.err()).toMatch(
    /Cannot fetch magnet:.*: nobody was found in \d+ minutes who has it\. Try again later.*of it\n$/,
  );
  expect(all.results()).toEqual([expect.objectContaining({ ok: false, kind: "torrent", code: "source_unreachable" })]);
});

test("getCommand() tells the client's problem when it lasts", async () => {
  const all = await world({ heldAt: 1_000, problem: "the tracker says:\u001b[2J go away" });
  let time = 0;

  expect(await all.get("pack.torrent", {}, { now: () => (time += 20_000) })).toBe(1);

  expect(all.err()).toMatch(
    /Cannot fetch pack\.torrent: the tracker says: \[2J go away\. Try again later.*\. What arrived is kept/,
  );
});

test("getCommand() says at once that nobody can be asked for a bare link without the DHT", async () => {
  const all = await world();

  expect(await all.get(magnetOf(FOLDER), { json: true }, { dht: false })).toBe(1);

  expect(all.err()).toContain(
    "names no tracker and no peer, and the distributed hash table (DHT) is off. MODFLEET_DHT",
  );
  expect(all.client.orders).toEqual([]);
});

const REFUSED = new PrivateAddressError("10.0.0.1").message;

test.each([
  ["metadata", { metadataLooks: 1_000 }, "Looking for somebody who knows"],
  ["content", { heldAt: 0 }, "Downloading mod pack"],
])("getCommand() says what hinders while nobody is there for the %s", async (_what, given, stage) => {
  const all = await world({ ...given, problem: `http://10.0.0.1/announce: ${REFUSED}` });
  const tracked = `${magnetOf(FOLDER)}&tr=http%3A%2F%2F10.0.0.1%2Fannounce`;

  expect(await all.get(tracked, {}, { dht: false })).toBe(1);

  expect(all.pauses.length).toBeLessThan(3);
  expect(all.err()).toContain(stage);
  expect(all.err()).toContain(`(http://10.0.0.1/announce: ${REFUSED})\n`);
  expect(all.err()).toContain("Set MODFLEET_ALLOW_PRIVATE_SOURCES=1 if you trust whoever made it");
});

test("getCommand() looks at a torrent often until it has its name", async () => {
  const all = await world({ metadataLooks: 3 });

  expect(await all.get(magnetOf(FOLDER))).toBe(0);

  expect(all.pauses.slice(0, 2)).toEqual([50, 50]);
  expect(all.pauses.at(-1)).toBe(500);
});

test.each([
  ["unsafe", "unsafe_content", false],
  ["disk_full", "disk_full", true],
] as const)("getCommand() waits for nothing where a torrent is %s", async (fault, code, isKept) => {
  const all = await world({ heldAt: 1_000, problem: "It cannot be", fault });

  expect(await all.get("pack.torrent", { json: true })).toBe(1);

  expect(all.results()).toEqual([expect.objectContaining({ ok: false, kind: "torrent", code })]);
  expect(await all.here()).toEqual([...(isKept ? [expect.stringMatching(/^\.modfleet-/)] : []), "pack.torrent"]);
});

test("getCommand() does not call a torrent done that is not on the disk", async () => {
  const removeFails = new TorrentError("disk", "ENOSPC", Object.assign(new Error("ENOSPC"), { code: "ENOSPC" }));
  const all = await world({ removeFails });

  expect(await all.get("pack.torrent", { json: true })).toBe(1);

  expect(all.results()).toEqual([expect.objectContaining({ ok: false, code: "disk_full" })]);
  expect(await all.here()).not.toContain("mod pack");
});

test("getCommand() fetches a torrent that is named in two ways once", async () => {
  const all = await world();

  expect(await all.get(["pack.torrent", magnetOf(FOLDER)])).toBe(0);

  expect(all.client.orders).toHaveLength(1);
});

test("getCommand() lists everything that is wrong with torrents before anything is asked", async () => {
  const all = await world();
  await writeFile(all.folder.at("here", "junk.torrent"), "no torrent");

  expect(await all.get(["junk.torrent", "missing.torrent", "magnet:?xt=1", "pack.torrent"])).toBe(2);

  const lines = all.err().trimEnd().split("\n");
  expect(lines).toEqual([
    expect.stringMatching(/^Cannot read "junk\.torrent": This is no torrent file: .*\. Get it from its source again$/),
    expect.stringMatching(/^Cannot read "missing\.torrent": no such file .*\. Give the path of a \.torrent file/),
    expect.stringMatching(/^Cannot read "magnet:\?xt=1": a magnet link names its torrent with xt=urn:btih:/),
  ]);
  expect(all.client.orders).toEqual([]);
});

test("getCommand() says what to do with an address that is no torrent", async () => {
  const all = await world();
  const { url } = await serving(serve("no torrent"));

  expect(await all.get(`${url}x.torrent`)).toBe(1);
  expect(all.err()).toMatch(
    /Cannot fetch .*x\.torrent: This is no torrent file: .*\. Get the torrent from its source again\n$/,
  );
  expect(await all.here()).toEqual(["pack.torrent"]);
});

test("getCommand() writes torrents into a folder, which it makes, never over a file's name", async () => {
  const all = await world();
  await all.folder.write({ "here/file": "" });

  expect(await all.get("pack.torrent", { output: "file" })).toBe(2);
  expect(all.err()).toMatch(/^Cannot write to file: .* a torrent, -o names a folder\. Choose another name\n$/);
  expect(await all.get("pack.torrent", { output: "new" })).toBe(0);
  expect(await readdir(all.folder.at("here", "new"))).toEqual(["mod pack"]);
});

test("getCommand() makes one line of a client that cannot start", async () => {
  const all = await world();
  const openTorrentClient = () => Promise.reject(new Error("No port from 6881 to 6889 is free"));

  expect(await all.get("pack.torrent", {}, { openTorrentClient })).toBe(1);
  expect(all.err()).toContain("Cannot fetch pack.torrent: No port from 6881 to 6889 is free\n");
});
