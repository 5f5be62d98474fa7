import { createHash } from "node:crypto";
import { access } from "node:fs/promises";
import { expect, test } from "vitest";
import { aTorrent, bencode, type TestTorrent } from "../../../../test/a-torrent.ts";
import {
  embedded,
  magnetTo,
  never,
  QUICK_LIMITS,
  readBytes,
  seed,
  untilStatus,
} from "../../../../test/embedded-torrents.ts";
import { eventually } from "../../../../test/eventually.ts";
import { fakeSeeder } from "../../../../test/fake-seeder.ts";
import {
  closing,
  dial,
  greeted,
  handshake,
  hostilePeer,
  hungUp,
  message,
  uint32,
} from "../../../../test/hostile-peer.ts";
import { tempFolder } from "../../../../test/temp-folder.ts";

const EXTENDED = 20;
const INTERESTED = message(2);
const HAVE_ALL = message(14);
const extended = (id: number, payload: string | Buffer) => message(EXTENDED, Buffer.from([id]), Buffer.from(payload));
const greeting = (size: number, id = 1) =>
  extended(0, bencode({ m: { ut_metadata: id, ut_pex: 2 }, metadata_size: size }));

test.each<[string, Buffer]>([
  ["a message of 2 GB", uint32(0x7fffffff)],
  ["a message of 4 GB", uint32(0xffffffff)],
  ["a piece that does not exist", message(4, uint32(0x00ffffff))],
  ["bencode that leads backwards", extended(0, "l-3:ee")],
  ["bencode that never ends", extended(0, "d1:md1:a")],
  ["an extension's number that is none", extended(0, "d1:md1:ad8:toString1:xeee")],
  ["nested lists", extended(0, "l".repeat(200_000))],
  ["metadata backwards", extended(1, "d8:msg_type-3:")],
  ["peers that are none", extended(2, "d5:added-9:")],
  ["a piece taken back that does not exist", extended(3, uint32(77_777))],
  [
    "requests without end",
    Buffer.concat([INTERESTED, ...Array.from({ length: 3_000 }, () => message(6, uint32(0, 0, 100)))]),
  ],
  ["a request for too much", Buffer.concat([INTERESTED, message(6, uint32(0, 0, 0x7fffffff))])],
])("hardenWires() hangs up on a peer that sends %s, and others are served", async (_, bytes) => {
  await using folder = await tempFolder();
  await using client = await embedded();
  const torrent = aTorrent("one.bin", 50_000);
  await seed(folder, { client, torrent, name: "one.bin" });

  const socket = await greeted(client.port, torrent.hash);
  const closed = closing(socket);
  socket.write(bytes);
  await closed;

  await using leecher = await embedded();
  await leecher.add({ from: { kind: "magnet", uri: magnetTo(torrent, client) }, folder: folder.at("got") }, never);
  await untilStatus(leecher, torrent.hash, { phase: "complete" });
});

test("hardenWires() bears hints and requests for what does not exist", async () => {
  await using folder = await tempFolder();
  await using client = await embedded();
  const torrent = aTorrent("one.bin", 50_000);
  await client.add({ from: { kind: "metainfo", bytes: torrent.content }, folder: folder.path }, never);
  await untilStatus(client, torrent.hash, { phase: "downloading" });
  const socket = await greeted(client.port, torrent.hash);
  const odd = [0x11, 0x0d].map((id) => message(id, uint32(0x7ffffff)));
  const requests = [
    [0, 0, 0],
    [-1, -1, -1],
    [0, 5, -100],
    [99, 0, 16_384],
  ].map((request) => message(6, uint32(...request)));

  socket.write(Buffer.concat([HAVE_ALL, ...odd, message(2), ...requests, message(0x10, uint32(1, 2, 3))]));

  await untilStatus(client, torrent.hash, { peers: 1 });
  await using seeder = await fakeSeeder(torrent);
  await client.remove(torrent.hash, { deleteData: true }, never);
  await client.add({ from: { kind: "magnet", uri: magnetTo(torrent, seeder) }, folder: folder.path }, never);
  await untilStatus(client, torrent.hash, { phase: "complete" });
  socket.destroy();
});

test("watchWrongPieces() never stores a wrong piece, and takes no more of who sends it", async () => {
  await using folder = await tempFolder();
  await using client = await embedded();
  const torrent = aTorrent("one.bin", 100_000);
  await using liar = await fakeSeeder(torrent);
  liar.gives = () => "junk";
  await client.add({ from: { kind: "magnet", uri: magnetTo(torrent, liar) }, folder: folder.path }, never);
  await untilStatus(client, torrent.hash, { phase: "downloading", peers: 0, bytes: 0 });
  await eventually(() => expect(liar.blocks).toBeGreaterThan(0));
  await expect(access(folder.at("one.bin"))).rejects.toMatchObject({ code: "ENOENT" });

  await using honest = await fakeSeeder(torrent);
  await client.remove(torrent.hash, { deleteData: false }, never);
  await client.add({ from: { kind: "magnet", uri: magnetTo(torrent, liar, honest) }, folder: folder.path }, never);
  await untilStatus(client, torrent.hash, { phase: "complete", bytes: 100_000 });

  expect(await readBytes(folder, "one.bin")).toEqual(torrent.files["one.bin"]);
  // Not asked again and again.
  expect(liar.blocks).toBeLessThan(60);
});

/** A torrent of these info bytes, and the peer that hands them out. */
async function metadataPeer(info: Buffer, hash: string, claimed = info.length) {
  return hostilePeer((socket) => {
    socket.write(Buffer.concat([handshake(hash), greeting(claimed, 3)]));
    socket.on("data", () => {
      const head = bencode({ msg_type: 1, piece: 0, total_size: info.length });
      // WebTorrent calls metadata 1.
      socket.write(message(EXTENDED, Buffer.from([1]), head, info));
    });
  });
}

const hashOfInfo = (info: Buffer): string => createHash("sha1").update(info).digest("hex");

test.each<[string, Buffer]>([
  ["leads out", bencode({ name: "..", "piece length": 16_384, pieces: Buffer.alloc(20), length: 5 })],
  ["is no bencode", Buffer.from("d4:name-3:xx")],
  ["is no dictionary", bencode(["x"])],
])("runMetadata() stops a torrent whose metadata %s, before anything is on the disk", async (_, info) => {
  await using folder = await tempFolder();
  await using client = await embedded();
  const hash = hashOfInfo(info);
  await using peer = await metadataPeer(info, hash);

  await client.add(
    {
      from: { kind: "magnet", uri: `magnet:?xt=urn:btih:${hash}&x.pe=127.0.0.1:${peer.port}` },
      folder: folder.at("in"),
    },
    never,
  );

  await untilStatus(client, hash, {
    isPaused: true,
    problem: expect.stringContaining("no torrent file"),
    phase: "metadata",
  });
  expect(await client.files(hash, never)).toEqual([]);
});

test("runMetadata() hangs up on a peer that sends metadata for a place far away", async () => {
  await using folder = await tempFolder();
  await using client = await embedded();
  const { hash } = aTorrent();
  const gone = Promise.withResolvers<void>();
  await using peer = await hostilePeer((socket) => {
    const far = extended(1, "d8:msg_typei1e5:piecei99999eexxxx");
    socket.write(Buffer.concat([handshake(hash), greeting(100, 3), far]));
    socket.resume().once("close", () => gone.resolve());
  });

  const uri = `magnet:?xt=urn:btih:${hash}&x.pe=127.0.0.1:${peer.port}`;
  await client.add({ from: { kind: "magnet", uri }, folder: folder.path }, never);
  await gone.promise;

  expect(await client.get(hash, never)).toMatchObject({ phase: "metadata", problem: null });
});

test("runMetadata() takes no metadata that has not the hash, nor any that is huge", async () => {
  await using folder = await tempFolder();
  await using client = await embedded();
  const torrent = aTorrent("one.bin", 30_000);
  const lie = bencode({ name: "lie", "piece length": 16_384, pieces: Buffer.alloc(20), length: 5 });
  await using liar = await metadataPeer(lie, torrent.hash);
  await using giant = await metadataPeer(lie, torrent.hash, 2 ** 31);
  await client.add({ from: { kind: "magnet", uri: magnetTo(torrent, liar, giant) }, folder: folder.path }, never);
  await eventually(() => expect([liar.connections, giant.connections]).toEqual([1, 1]));
  await using honest = await fakeSeeder(torrent);
  await client.remove(torrent.hash, { deleteData: true }, never);

  await client.add(
    { from: { kind: "magnet", uri: magnetTo(torrent, liar, giant, honest) }, folder: folder.path },
    never,
  );

  await untilStatus(client, torrent.hash, { phase: "complete", name: "one.bin" });
});

test("createEmbeddedClient() hangs up on who speaks something else", async () => {
  await using client = await embedded({ limits: { ...QUICK_LIMITS, handshakeMs: 200 } });

  await hungUp(client.port, Buffer.from("GET / HTTP/1.1\r\n\r\n"));

  expect(await client.list(never)).toEqual([]);
});

test("guardIncoming() bounds how many strangers wait, and for how long", async () => {
  await using client = await embedded({ limits: { ...QUICK_LIMITS, pendingMax: 3, handshakeMs: 100 } });
  const sockets = await Promise.all(Array.from({ length: 3 }, () => dial(client.port)));
  const closed = Promise.all(sockets.map(closing));
  // One byte now and then is no handshake either.
  for (const socket of sockets) socket.write(Buffer.from([19]));
  await hungUp(client.port, handshake("a".repeat(40)));

  await closed;

  expect(sockets.every(({ destroyed }) => destroyed)).toBe(true);
});

test("guardIncoming() bounds how many are connected, all torrents together", async () => {
  await using folder = await tempFolder();
  await using client = await embedded({ limits: { ...QUICK_LIMITS, incomingMax: 2 } });
  const torrent: TestTorrent = aTorrent("one.bin", 50_000);
  await seed(folder, { client, torrent, name: "one.bin" });
  const sockets = await Promise.all([dial(client.port), dial(client.port)]);
  sockets.forEach((socket, at) => void socket.write(handshake(torrent.hash, `-XX0000-hostile pee${at}`)));
  await untilStatus(client, torrent.hash, { peers: 2 });

  await hungUp(client.port, handshake(torrent.hash));

  expect(client.peers(torrent.hash)).toHaveLength(2);
  for (const socket of sockets) socket.destroy();
});

test("a file that cannot be written stops its torrent with the reason, and nothing else", async () => {
  await using folder = await tempFolder();
  await using client = await embedded();
  const torrent = aTorrent("multi", { "a.bin": 50_000, "b.bin": 50_000 });
  await using seeder = await fakeSeeder(torrent);
  await folder.write({ "in/multi/b.bin/in-the-way": "x" });

  await client.add({ from: { kind: "magnet", uri: magnetTo(torrent, seeder) }, folder: folder.at("in") }, never);

  await untilStatus(client, torrent.hash, { isPaused: true, peers: 0, problem: expect.stringContaining("EISDIR") });
  await client.add(
    { from: { kind: "metainfo", bytes: aTorrent("two.bin", 10).content }, folder: folder.at("in") },
    never,
  );
  expect(await client.list(never)).toHaveLength(2);
});
