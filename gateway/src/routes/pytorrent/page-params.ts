import { ANSWERS } from "./answers.ts";
import { compact } from "./python-values.ts";
import type { ParamReader } from "./read-params.ts";
import { reply } from "./reply.ts";

const PAGE_SIZE = 10n;
const PAGE_SIZE_MAX = 50n;

/** `page_size` and `page`. `window` is null when the size is out of its range. */
export type PageAsked = { window: { limit: number; offset: number | bigint } | null };

/** The two parameters that all lists have, in their order. */
export function readPage(read: ParamReader): PageAsked {
  const size = read.integer("page_size", PAGE_SIZE);
  const page = read.integer("page", 0n);
  const isRightSize = size >= 1n && size <= PAGE_SIZE_MAX;
  return { window: isRightSize ? { limit: Number(size), offset: compact(size * page) } : null };
}

export const wrongPageSize = (): Response => reply(413, ANSWERS.wrongPageSize);
export const tooComplex = (): Response => reply(413, ANSWERS.tooComplex);
