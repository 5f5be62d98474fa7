/** First and last byte, both included. */
export type ByteRange = { start: number; end: number };

/** What a Range header asks for of a representation of `size` bytes. */
export type RangeAsked = { kind: "whole" } | ({ kind: "part" } & ByteRange) | { kind: "unsatisfiable" };

const WHOLE: RangeAsked = { kind: "whole" };
const UNSATISFIABLE: RangeAsked = { kind: "unsatisfiable" };

/**
 * Reads a Range header (RFC 9110, section 14.2). One range is served as a part; several are answered with the whole,
 * which a server may always do and which no client can use to make it send the same bytes a thousand times. A header of
 * another unit or form is ignored.
 */
export function askedRange(header: string | undefined, size: number): RangeAsked {
  const specs = /^bytes=(.*)$/i.exec(header?.trim() ?? "")?.[1]?.split(",");
  if (specs === undefined) return WHOLE;
  const parts = specs.map((spec) => spec.trim()).filter((spec) => spec !== "");
  const ranges = parts.map((part) => oneRange(part, size));
  if (ranges.length === 0 || ranges.includes("malformed")) return WHOLE;
  const satisfiable = ranges.filter((range) => typeof range === "object");
  const [only] = satisfiable;
  if (only === undefined) return UNSATISFIABLE;
  return ranges.length === 1 ? { kind: "part", ...only } : WHOLE;
}

function oneRange(spec: string, size: number): ByteRange | "outside" | "malformed" {
  const [, first = "", last = ""] = /^(\d*)-(\d*)$/.exec(spec) ?? [];
  if (first === "" && last === "") return "malformed";
  if (first === "") return suffix(Number(last), size);
  const start = Number(first);
  const end = last === "" ? size - 1 : Number(last);
  if (last !== "" && start > end) return "malformed";
  return start >= size ? "outside" : { start, end: Math.min(end, size - 1) };
}

function suffix(length: number, size: number): ByteRange | "outside" {
  return length === 0 || size === 0 ? "outside" : { start: Math.max(0, size - length), end: size - 1 };
}
