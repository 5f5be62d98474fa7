import { access } from "node:fs/promises";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { aTorrent } from "../../../../test/a-torrent.ts";
import { embedded, magnetTo, never, readBytes, seed, untilStatus } from "../../../../test/embedded-torrents.ts";
import { eventually } from "../../../../test/eventually.ts";
import { tempFolder } from "../../../../test/temp-folder.ts";
import { PortsTakenError } from "./embedded-client.ts";

test.each(["tcp", "utp"] as const)(
  "createEmbeddedClient() fetches a magnet link's torrent from a peer over %s",
  async (first) => {
    await using folder = await tempFolder();
    await using seeder = await embedded();
    await using leecher = await embedded({ first });
    const torrent = aTorrent("multi", { "one.bin": 50_000, "sub/two.bin": 300_000, empty: 0 });
    await seed(folder, { client: seeder, torrent, name: "multi" });

    const uri = `${magnetTo(torrent, seeder)}&dn=Given`;
    const added = await leecher.add({ from: { kind: "magnet", uri }, folder: folder.at("got") }, never);
    const done = await untilStatus(leecher, torrent.hash, { phase: "complete" });

    expect(added).toMatchObject({
      name: "Given",
      phase: "metadata",
      bytes: 0,
      totalBytes: null,
      folder: folder.at("got"),
    });
    expect(done).toMatchObject({ name: "multi", bytes: 350_000, totalBytes: 350_000, peers: 1, problem: null });
    expect(Number.isInteger(done.downRate)).toBe(true);
    expect(leecher.peers(torrent.hash)).toMatchObject([{ over: first, isIncoming: false }]);
    expect(await readBytes(folder, "got/multi/sub/two.bin")).toEqual(torrent.files["sub/two.bin"]);
    expect(await readBytes(folder, "got/multi/empty")).toHaveLength(0);
    expect((await seeder.get(torrent.hash, never))?.uploadedBytes).toBeGreaterThanOrEqual(350_000);
  },
);

test("add() fetches the wanted files, and of the others no more than shared pieces", async () => {
  await using folder = await tempFolder();
  await using seeder = await embedded();
  await using leecher = await embedded();
  const torrent = aTorrent("multi", { "a.bin": 20_000, "b.bin": 20_000, "c.bin": 200_000 });
  await seed(folder, { client: seeder, torrent, name: "multi" });

  const order = { folder: folder.at("got"), files: ["multi/a.bin"] };
  await leecher.add({ from: { kind: "magnet", uri: magnetTo(torrent, seeder) }, ...order }, never);
  const done = await untilStatus(leecher, torrent.hash, { phase: "complete" });

  expect(done).toMatchObject({ bytes: 20_000, totalBytes: 20_000 });
  expect(await readBytes(folder, "got/multi/a.bin")).toEqual(torrent.files["a.bin"]);
  expect(await leecher.files(torrent.hash, never)).toEqual([
    { path: "multi/a.bin", bytes: 20_000, doneBytes: 20_000, isWanted: true },
    { path: "multi/b.bin", bytes: 20_000, doneBytes: 2 * 16_384 - 20_000, isWanted: false },
    { path: "multi/c.bin", bytes: 200_000, doneBytes: 0, isWanted: false },
  ]);
  await expect(access(folder.at("got/multi/c.bin"))).rejects.toMatchObject({ code: "ENOENT" });
});

test("add() answers with the torrent that is there, and refuses before anything is on the disk", async () => {
  await using folder = await tempFolder();
  await using client = await embedded();
  const { content, hash } = aTorrent("one.bin", 100_000);
  const order = { from: { kind: "metainfo" as const, bytes: content }, folder: folder.at("got"), isPaused: true };
  const refused = (changes: object) => client.add({ ...order, ...changes }, never);

  await expect(refused({ from: { kind: "metainfo", bytes: content.subarray(1) } })).rejects.toMatchObject({
    problem: "invalid",
  });
  await expect(refused({ from: { kind: "magnet", uri: "magnet:?xt=x" } })).rejects.toMatchObject({
    problem: "invalid",
  });
  await expect(refused({ folder: "relative" })).rejects.toMatchObject({ problem: "invalid" });
  await expect(refused({ files: ["two.bin"] })).rejects.toMatchObject({ problem: "invalid" });
  await expect(refused({ maxBytes: 99_999 })).rejects.toMatchObject({ problem: "too_large" });
  await expect(client.add(order, AbortSignal.abort(new Error("stop")))).rejects.toThrow("stop");
  expect(await client.list(never)).toEqual([]);

  const [one, other] = await Promise.all([client.add(order, never), client.add({ ...order, folder: "/other" }, never)]);

  expect(one).toMatchObject({
    infoHash: hash.toLowerCase(),
    isPaused: true,
    phase: "downloading",
    totalBytes: 100_000,
  });
  expect(other).toEqual(one);
  expect(await client.list(never)).toHaveLength(1);
});

test("add() stops a magnet link's torrent that is larger than allowed, or has not the files", async () => {
  await using folder = await tempFolder();
  await using seeder = await embedded();
  const torrent = aTorrent("one.bin", 100_000);
  await seed(folder, { client: seeder, torrent, name: "one.bin" });
  for (const [order, problem] of [
    [{ maxBytes: 99_999 }, /more than the 99999 allowed/],
    [{ files: ["two.bin"] }, /has no file/],
  ] as const) {
    await using leecher = await embedded();
    await leecher.add(
      { from: { kind: "magnet", uri: magnetTo(torrent, seeder) }, folder: folder.at("got"), ...order },
      never,
    );

    await untilStatus(leecher, torrent.hash, {
      phase: "metadata",
      peers: 0,
      isPaused: true,
      problem: expect.stringMatching(problem),
    });
  }
  await expect(access(folder.at("got/one.bin"))).rejects.toMatchObject({ code: "ENOENT" });
});

test("pause() ends all traffic, and resume() goes on where it was", async () => {
  await using folder = await tempFolder();
  await using seeder = await embedded();
  await using leecher = await embedded();
  const torrent = aTorrent("one.bin", 3_000_000);
  await seed(folder, { client: seeder, torrent, name: "one.bin" });
  await seeder.setLimits({ downRate: null, upRate: 500_000 }, never);
  await leecher.add({ from: { kind: "magnet", uri: magnetTo(torrent, seeder) }, folder: folder.at("got") }, never);
  await eventually(async () => expect((await leecher.get(torrent.hash, never))?.bytes).toBeGreaterThan(0));

  await leecher.pause(torrent.hash.toLowerCase(), never);
  const paused = await leecher.get(torrent.hash, never);

  expect(paused).toMatchObject({ isPaused: true, phase: "downloading", peers: 0, downRate: 0, upRate: 0 });
  await untilStatus(seeder, torrent.hash, { peers: 0 });
  expect((await leecher.get(torrent.hash, never))?.bytes).toBe(paused?.bytes);
  await seeder.setLimits({ downRate: null, upRate: null }, never);
  await leecher.resume(torrent.hash, never);
  expect((await leecher.get(torrent.hash, never))?.bytes).toBeGreaterThanOrEqual(paused?.bytes ?? 0);
  await untilStatus(leecher, torrent.hash, { isPaused: false, phase: "complete", bytes: 3_000_000 });
  expect(await readBytes(folder, "got/one.bin")).toEqual(torrent.files["one.bin"]);
});

test("remove() takes a torrent's own files and empty folders away, and nothing else", async () => {
  await using folder = await tempFolder();
  await using client = await embedded();
  const torrent = aTorrent("multi", { "a.bin": 20_000, "sub/b.bin": 20_000 });
  await seed(folder, { client, torrent, name: "multi" });
  await folder.write({ "seed/multi/mine.txt": "mine", "seed/else.txt": "else" });

  await client.remove(torrent.hash, { deleteData: true }, never);

  expect(await client.get(torrent.hash, never)).toBe(null);
  await expect(access(folder.at("seed/multi/sub"))).rejects.toMatchObject({ code: "ENOENT" });
  await expect(access(folder.at("seed/multi/a.bin"))).rejects.toMatchObject({ code: "ENOENT" });
  expect(String(await readBytes(folder, "seed/multi/mine.txt"))).toBe("mine");
  expect(String(await readBytes(folder, "seed/else.txt"))).toBe("else");
  for (const act of [client.pause, client.resume, client.files]) {
    await expect(act(torrent.hash, never)).rejects.toMatchObject({ problem: "not_found" });
  }
  await expect(client.remove(torrent.hash, { deleteData: false }, never)).rejects.toMatchObject({
    problem: "not_found",
  });
});

test("createEmbeddedClient() takes the first free port and gives it back", async () => {
  const taken = createServer().listen(0);
  await eventually(() => expect(taken.listening).toBe(true));
  const address = taken.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;

  await expect(embedded({ ports: { first: port, last: port } })).rejects.toBeInstanceOf(PortsTakenError);
  const first = await embedded({ ports: { first: port, last: port + 20 }, peerId: "2d".repeat(20) });
  expect(first).toMatchObject({ peerId: "2d".repeat(20), tool: expect.stringMatching(/^webtorrent \d/) });
  expect(first.port).toBeGreaterThan(port);
  await expect(embedded({ ports: { first: first.port, last: first.port } })).rejects.toThrow(PortsTakenError);
  await first.close();
  await first.close();
  await using again = await embedded({ ports: { first: first.port, last: first.port } });
  expect(again.port).toBe(first.port);
  taken.close();
});
