import { randomBytes } from "node:crypto";

const MIB = 1024 * 1024;
/** Printable and the same in JSON. */
const LETTERS = Buffer.from(Array.from({ length: 92 }, (_, i) => i + 35).filter((code) => code !== 92));

/** Text that deflate shortens by a fifth only: its repetitions are farther away than deflate can look. */
export function denseText(bytes: number): string {
  const block = randomBytes(MIB).map((byte) => LETTERS[byte % LETTERS.length] ?? 0);
  const text = Buffer.from(block).toString("latin1");
  return text.repeat(Math.ceil(bytes / MIB)).slice(0, bytes);
}

/** Files whose archive needs three parts of 8 MiB. */
export function threeParts(): Record<string, string> {
  return { "big.txt": denseText(22 * MIB), "small.txt": "small" };
}

/** The file that the fake makes for `bytes`. */
export function blob(bytes: number): Record<string, string> {
  return { "blob.bin": "\x07".repeat(bytes) };
}
