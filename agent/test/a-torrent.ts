import { createHash, randomBytes } from "node:crypto";

type Bencodable = string | number | Buffer | Bencodable[] | { [key: string]: Bencodable };

/** Bencode (BEP 3), written for tests. */
export function bencode(value: Bencodable): Buffer {
  if (typeof value === "number") return Buffer.from(`i${value}e`);
  if (typeof value === "string") return bencode(Buffer.from(value));
  if (Buffer.isBuffer(value)) return Buffer.concat([Buffer.from(`${value.length}:`), value]);
  if (Array.isArray(value)) return Buffer.concat([Buffer.from("l"), ...value.map(bencode), Buffer.from("e")]);
  const pairs = Object.keys(value)
    .toSorted()
    .flatMap((key) => [bencode(key), bencode(value[key] ?? "")]);
  return Buffer.concat([Buffer.from("d"), ...pairs, Buffer.from("e")]);
}

export type TestTorrent = { content: Buffer; hash: string; files: Record<string, Buffer> };

const PIECE_BYTES = 16_384;

/** A torrent of random files: one file with the name when `files` has an entry under it alone, else a folder. */
export function aTorrent(
  name = "payload.bin",
  sizes: Readonly<Record<string, number>> | number = 100_000,
  announce?: string,
): TestTorrent {
  const isSingle = typeof sizes === "number";
  const files = Object.fromEntries(
    Object.entries(isSingle ? { [name]: sizes } : sizes).map(([path, size]) => [path, randomBytes(size)]),
  );
  const whole = Buffer.concat(Object.values(files));
  const hashes = Array.from({ length: Math.ceil(whole.length / PIECE_BYTES) }, (_, at) =>
    createHash("sha1")
      .update(whole.subarray(at * PIECE_BYTES, (at + 1) * PIECE_BYTES))
      .digest(),
  );
  const list = Object.entries(files).map(([path, data]) => ({ length: data.length, path: path.split("/") }));
  const info = {
    name,
    "piece length": PIECE_BYTES,
    pieces: Buffer.concat(hashes),
    ...(isSingle ? { length: whole.length } : { files: list }),
  };
  return {
    content: bencode({ info, ...(announce === undefined ? {} : { announce }) }),
    hash: createHash("sha1").update(bencode(info)).digest("hex").toUpperCase(),
    files,
  };
}
