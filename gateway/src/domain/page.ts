import { z } from "zod";

/** The most rows that one page of a list holds. */
export const PAGE_LIMIT_MAX = 100;

/** Where a page ended: the last row's sort value and id. It names its order, so it cannot continue another one. */
export type Cursor = { sort: string; value: string | number; id: string };

/** One page of a list; `next` is null on the last one. */
export type Page<Item> = { items: readonly Item[]; next: Cursor | null };

const CURSOR_CHARACTERS_MAX = 8_192;

const Wire = z
  .tuple([z.string().max(32), z.union([z.int(), z.string().max(2_048)]), z.string().max(1_024)])
  .transform(([sort, value, id]): Cursor => ({ sort, value, id }));

/** The opaque text of a cursor, safe in a URL. */
export function encodeCursor({ sort, value, id }: Cursor): string {
  return Buffer.from(JSON.stringify([sort, value, id])).toString("base64url");
}

/** The cursor in `text`, or null when it is junk or belongs to another order than `sort`. */
export function decodeCursor(text: string, sort: string): Cursor | null {
  if (text.length > CURSOR_CHARACTERS_MAX || !/^[A-Za-z0-9_-]+$/.test(text)) return null;
  const parsed = Wire.safeParse(parseJson(Buffer.from(text, "base64url").toString("utf8")));
  return parsed.success && parsed.data.sort === sort ? parsed.data : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
