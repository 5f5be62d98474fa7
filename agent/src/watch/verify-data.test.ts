import { createHash, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { bencode } from "../../test/a-torrent.ts";
import { tempFolder } from "../../test/temp-folder.ts";
import { parseMetainfo } from "../engine/torrent/metainfo.ts";
import { isDataWhole } from "./verify-data.ts";

const PIECE_BYTES = 1_024;
const { signal } = new AbortController();

/** Two files, the second of which begins with a piece of its own: what is between them is padding (BEP 47). */
function padded({ padBytes = PIECE_BYTES - 100, fill = 0 } = {}) {
  const files = { one: randomBytes(100), two: randomBytes(3_000) };
  const whole = Buffer.concat([files.one, Buffer.alloc(padBytes, fill), files.two]);
  const pieces = Array.from({ length: Math.ceil(whole.length / PIECE_BYTES) }, (_, at) =>
    createHash("sha1")
      .update(whole.subarray(at * PIECE_BYTES, (at + 1) * PIECE_BYTES))
      .digest(),
  );
  const list = [
    { length: files.one.length, path: ["one"] },
    { length: padBytes, path: [".pad", `${padBytes}`], attr: "p" },
    { length: files.two.length, path: ["two"] },
  ];
  const info = { name: "padded", "piece length": PIECE_BYTES, pieces: Buffer.concat(pieces), files: list };
  return { torrent: parseMetainfo(bencode({ info })), files };
}

describe("isDataWhole()", () => {
  test("isDataWhole() wants no padding on the disk, and minds none", async () => {
    await using folder = await tempFolder();
    const { torrent, files } = padded();
    await folder.write(files);

    expect(await isDataWhole({ torrent, data: folder.path, signal })).toBe(true);
    await folder.write({ [`.pad/${PIECE_BYTES - 100}`]: "of another program" });
    expect(await isDataWhole({ torrent, data: folder.path, signal })).toBe(true);
  });

  test("isDataWhole() still looks at every byte around the padding", async () => {
    await using folder = await tempFolder();
    const { torrent, files } = padded();
    const spoiled = Buffer.from(files.two);
    spoiled.writeUInt8((spoiled.readUInt8(0) + 1) % 256, 0);

    await folder.write({ ...files, two: spoiled });
    expect(await isDataWhole({ torrent, data: folder.path, signal })).toBe(false);
    await folder.write({ ...files, two: files.two.subarray(1) });
    expect(await isDataWhole({ torrent, data: folder.path, signal })).toBe(false);
  });

  test.each([
    ["is not zeros", { fill: 1 }],
    ["is longer than a piece", { padBytes: 2 * PIECE_BYTES }],
  ])("isDataWhole() is false where the padding %s", async (_what, how) => {
    await using folder = await tempFolder();
    const { torrent, files } = padded(how);
    await folder.write(files);

    expect(await isDataWhole({ torrent, data: folder.path, signal })).toBe(false);
  });
});
