import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { bencode, type TestTorrent } from "./a-torrent.ts";
import { listenOnLoopback } from "./loopback.ts";

export type FakeSeeder = AsyncDisposable & {
  port: number;
  /** Asked before each block: its bytes, none at all, or other ones. */
  gives: (piece: number) => "data" | "nothing" | "junk";
  /** Blocks that were sent. */
  blocks: number;
};

/** A peer on 127.0.0.1 that has one torrent whole: plain TCP (BEP 3), and its metadata for magnet links (BEP 9 and 10). */
export async function fakeSeeder(torrent: TestTorrent): Promise<FakeSeeder> {
  const info = infoOf(torrent);
  const share: Share = {
    info,
    hash: Buffer.from(torrent.hash, "hex"),
    content: Buffer.concat(Object.values(torrent.files)),
    pieceBytes: Number(/12:piece lengthi(\d+)e/.exec(info.toString("latin1"))?.[1]),
  };
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    // Who asks may go away at any moment.
    socket.on("error", () => undefined);
    void serve(socket, share, seeder).catch(() => socket.destroy());
  });
  const seeder: FakeSeeder = {
    port: await listenOnLoopback(server),
    gives: () => "data",
    blocks: 0,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
  return seeder;
}

type Share = { info: Buffer; hash: Buffer; content: Buffer; pieceBytes: number };

const HANDSHAKE_BYTES = 68;
const PROTOCOL = "\u0013BitTorrent protocol";
const EXTENDED = 20;
/** What the other side is to call metadata; its own number for it is in its handshake. */
const OUR_METADATA = 3;
const METADATA_PIECE_BYTES = 16_384;

async function serve(socket: Socket, share: Share, seeder: FakeSeeder): Promise<void> {
  const pieces = Math.ceil(share.content.length / share.pieceBytes);
  let pending = Buffer.alloc(0);
  let isGreeted = false;
  let theirMetadata = 0;
  for await (const chunk of socket) {
    pending = Buffer.concat([pending, chunk]);
    if (!isGreeted) {
      if (pending.length < HANDSHAKE_BYTES) continue;
      if (pending.toString("latin1", 0, 20) !== PROTOCOL || !pending.subarray(28, 48).equals(share.hash)) break;
      socket.write(Buffer.concat([greeting(share), message(5, bitfield(pieces)), message(1)]));
      pending = pending.subarray(HANDSHAKE_BYTES);
      isGreeted = true;
    }
    while (pending.length >= 4 && pending.length >= 4 + pending.readUInt32BE(0)) {
      const body = pending.subarray(4, 4 + pending.readUInt32BE(0));
      pending = pending.subarray(4 + body.length);
      if (body[0] === 6) socket.write(block(share, body, seeder));
      if (body[0] === EXTENDED && body[1] === 0) theirMetadata = metadataNumber(body);
      if (body[0] === EXTENDED && body[1] === OUR_METADATA) socket.write(metadata(share, body, theirMetadata));
    }
  }
  socket.destroy();
}

function message(id: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat([Buffer.from([id]), ...parts]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}

function greeting({ hash, info }: Share): Buffer {
  const reserved = Buffer.from([0, 0, 0, 0, 0, 0x10, 0, 0]);
  const extensions = bencode({ m: { ut_metadata: OUR_METADATA }, metadata_size: info.length });
  const head = Buffer.concat([Buffer.from(PROTOCOL, "latin1"), reserved, hash, Buffer.from("-FS0001-fake-seeder!")]);
  return Buffer.concat([head, message(EXTENDED, Buffer.from([0]), extensions)]);
}

function bitfield(pieces: number): Buffer {
  const field = Buffer.alloc(Math.ceil(pieces / 8), 0xff);
  const spare = field.length * 8 - pieces;
  const last = field.length - 1;
  field[last] = (0xff << spare) & 0xff;
  return field;
}

function block({ content, pieceBytes }: Share, request: Buffer, seeder: FakeSeeder): Buffer {
  const piece = request.readUInt32BE(1);
  const length = request.readUInt32BE(9);
  const gives = seeder.gives(piece);
  if (gives === "nothing") return Buffer.alloc(0);
  seeder.blocks += 1;
  const at = piece * pieceBytes + request.readUInt32BE(5);
  const bytes = gives === "junk" ? Buffer.alloc(length, "junk") : content.subarray(at, at + length);
  return message(7, request.subarray(1, 9), bytes);
}

function metadata({ info }: Share, request: Buffer, theirs: number): Buffer {
  const piece = Number(/5:piecei(\d+)e/.exec(request.toString("latin1"))?.[1] ?? 0);
  const head = bencode({ msg_type: 1, piece, total_size: info.length });
  const at = piece * METADATA_PIECE_BYTES;
  return message(EXTENDED, Buffer.from([theirs]), head, info.subarray(at, at + METADATA_PIECE_BYTES));
}

const metadataNumber = (greeted: Buffer): number =>
  Number(/11:ut_metadatai(\d+)e/.exec(greeted.toString("latin1"))?.[1] ?? 0);

/** Its bytes are those that have the hash, whatever stands behind them. */
function infoOf({ content, hash }: TestTorrent): Buffer {
  const from = content.indexOf("4:info") + "4:info".length;
  for (let to = content.length - 1; to > from; to -= 1) {
    const info = content.subarray(from, to);
    if (createHash("sha1").update(info).digest("hex").toUpperCase() === hash) return info;
  }
  throw new Error("The torrent has no info with its hash");
}
