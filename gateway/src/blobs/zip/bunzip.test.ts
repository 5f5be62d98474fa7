import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { BLOCKS, bzip2Fixture } from "../../../test/bzip2.ts";
import { unpackBzip2 } from "./bunzip.ts";
import { Refusal } from "./refusal.ts";

function* cut(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function unpack(bytes: Buffer, size = bytes.length || 1): Buffer {
  const chunks: Buffer[] = [];
  unpackBzip2({ path: "a", pieces: cut(bytes, size), add: (chunk) => void chunks.push(Buffer.from(chunk)) });
  return Buffer.concat(chunks);
}

function faultOf(bytes: Buffer): string {
  try {
    unpack(bytes);
  } catch (error) {
    if (error instanceof Refusal) return error.fault;
    throw error;
  }
  return "none";
}

test.each([1, 7, 1_000, 100_000])("unpackBzip2() gives the content whatever the pieces (%i bytes)", (size) => {
  expect(unpack(bzip2Fixture("blocks.bz2"), size).equals(BLOCKS)).toBe(true);
});

test("unpackBzip2() of a stream without content gives nothing", () => {
  expect(unpack(bzip2Fixture("nothing.bz2"))).toEqual(Buffer.alloc(0));
});

test("unpackBzip2() refuses a stream that ends early, wherever that is", () => {
  const whole = bzip2Fixture("hello.bz2");

  for (let length = 0; length < whole.length; length += 1) {
    expect(faultOf(whole.subarray(0, length))).toBe("bad_bzip2");
  }
});

test("unpackBzip2() finds every byte that changed", () => {
  const whole = bzip2Fixture("hello.bz2");

  for (let at = 0; at < whole.length; at += 1) {
    const changed = Buffer.from(whole);
    changed.writeUInt8(changed.readUInt8(at) ^ 0xff, at);
    expect(faultOf(changed)).toBe("bad_bzip2");
  }
});

test("unpackBzip2() refuses what is no bzip2", () => {
  expect(faultOf(randomBytes(1_000))).toBe("bad_bzip2");
  expect(faultOf(Buffer.from("BZh9"))).toBe("bad_bzip2");
});

test("unpackBzip2() refuses bytes behind the stream, and a second stream", () => {
  const whole = bzip2Fixture("hello.bz2");

  expect(faultOf(Buffer.concat([whole, Buffer.alloc(1)]))).toBe("hidden_data");
  expect(faultOf(Buffer.concat([whole, whole]))).toBe("hidden_data");
});

test("unpackBzip2() stops when its listener has enough", () => {
  const enough = new Error("enough");
  let bytes = 0;
  const add = (chunk: Buffer): void => {
    bytes += chunk.length;
    if (bytes > 1_000_000) throw enough;
  };

  expect(() => unpackBzip2({ path: "a", pieces: cut(bzip2Fixture("zeros-1gib.bz2"), 100), add })).toThrow(enough);
  expect(bytes).toBeLessThan(1_100_000);
});

test("unpackBzip2() lets the reader's own failure through", () => {
  const broken = Object.assign(new TypeError("broken disk"), { code: "EIO" });
  // biome-ignore lint/correctness/useYield: it fails before its first piece
  const pieces = (function* (): Generator<Buffer> {
    throw broken;
  })();

  expect(() => unpackBzip2({ path: "a", pieces, add: () => {} })).toThrow(broken);
});
