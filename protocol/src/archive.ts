import { z } from "zod";
import { ByteCount, Sha256 } from "./ids.ts";
import { LIMITS } from "./limits.ts";

/** One file of an archive: its path with `/` between names, its unpacked size in bytes, and the SHA-256 of its content. */
export const ArchiveEntry = z.object({ path: z.string().min(1), size: ByteCount, sha256: Sha256 });
export type ArchiveEntry = z.infer<typeof ArchiveEntry>;

/** The two calls of `node:crypto`'s Hash that the tree hash needs, so that this package imports no runtime. */
export type TextHash = { update(text: string): unknown; digest(encoding: "hex"): string };

/** Order of paths in archives and in the tree hash: by Unicode code point, which is also the order of the UTF-8 bytes. */
export function comparePaths(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i += 1) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return codePointRank(x) - codePointRank(y);
  }
  return a.length - b.length;
}

/** UTF-16 puts surrogates (code points above U+FFFF) before U+E000–U+FFFF; code points do not. */
function codePointRank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}

/** SHA-256 over the sorted lines `path NUL size NUL sha256 LF`: equal for equal content, whoever packed it and how. */
export function treeHash(entries: readonly ArchiveEntry[], hash: TextHash): Sha256 {
  for (const { path, size, sha256 } of entries.toSorted((a, b) => comparePaths(a.path, b.path))) {
    hash.update(`${path}\0${size}\0${sha256}\n`);
  }
  return hash.digest("hex");
}

/** Why a path may not stand in an archive. */
export type PathFault =
  | "empty"
  | "too_long"
  | "absolute"
  | "drive_letter"
  | "backslash"
  | "dot_segment"
  | "control_character"
  | "reserved_name"
  | "ends_in_dot_or_space"
  | "not_unicode";

/** Windows takes these for devices, whatever ending or blanks follow. */
const RESERVED = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(\.|$)/i;
const utf8 = new TextEncoder();
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this refuses
const CONTROL = /[\u0000-\u001f\u007f]/;

/** The first rule that `path` breaks, or null. Agents apply it while packing, the gateway while verifying. */
export function pathFault(path: string): PathFault | null {
  if (path === "") return "empty";
  if (!path.isWellFormed()) return "not_unicode";
  if (utf8.encode(path).length > LIMITS.pathBytesMax) return "too_long";
  if (CONTROL.test(path)) return "control_character";
  if (path.includes("\\")) return "backslash";
  if (path.startsWith("/")) return "absolute";
  if (/^[a-z]:/i.test(path)) return "drive_letter";
  return firstOf(path.split("/"), nameFault);
}

function nameFault(name: string): PathFault | null {
  if (name === "") return "empty";
  if (name === "." || name === "..") return "dot_segment";
  if (RESERVED.test(name)) return "reserved_name";
  return /[. ]$/.test(name) ? "ends_in_dot_or_space" : null;
}

function firstOf<T>(values: readonly string[], find: (value: string) => T | null): T | null {
  for (const value of values) {
    const found = find(value);
    if (found !== null) return found;
  }
  return null;
}

/** Two paths with one key would overwrite each other on Windows or macOS. */
export function foldedPath(path: string): string {
  // Lower case can fall out of NFC, so it is composed once more.
  return path.normalize("NFC").toLowerCase().normalize("NFC");
}
