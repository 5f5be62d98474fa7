import { z } from "zod";
import { ORIGINS, type Origin } from "../domain/catalogue.ts";
import { parseTime } from "./pytorrent-time.ts";

/** More of a text is cut off: Steam's longest are far below. */
export const TEXT_BYTES_MAX = 262_144;
/** Ids made there, such as those of tags. Far below 2^53, so that ids behind them are safe numbers too. */
export const OWN_ID_MAX = 2 ** 51;

/** SQL for a text in any state: its bytes, or NULL. An empty one comes as a text, because the driver makes no bytes null. */
export const textCell = (column: string, name = plain(column)): string =>
  `iif(${column} = '', '', substr(CAST(${column} AS BLOB), 1, ${TEXT_BYTES_MAX})) AS "${name}"`;

/** SQL for a number in any state; what is none comes as the bytes of its beginning. */
export const numberCell = (column: string, name = plain(column)): string =>
  `iif(typeof(${column}) IN ('text', 'blob'), substr(CAST(${column} AS BLOB), 1, 40), ${column}) AS "${name}"`;

const plain = (column: string): string => column.slice(column.indexOf(".") + 1);

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** A text or null. NUL characters are left out: SQLite's own functions and drivers end a text there. */
export const Text = z
  .union([z.instanceof(Uint8Array), z.literal("")])
  .nullable()
  .transform((bytes) => (bytes instanceof Uint8Array ? decoder.decode(bytes).replaceAll("\0", "") : bytes));

/** A text that has to be there. */
export const GivenText = Text.transform((text, context) => {
  if (text !== null) return text;
  context.addIssue("is missing");
  return z.NEVER;
});

/** A whole number from 0, or null. */
export const Count = z
  .union([z.int(), z.null()], { error: "is no whole number" })
  .refine((count) => count === null || count >= 0, "is negative");

/** A whole number from 0. */
export const GivenCount = z.int({ error: "is no whole number" }).min(0, "is negative");

/** The id of a game, tag, genre or resource. */
export const OwnId = z.int({ error: "is no whole number" }).min(1, "is not above 0").max(OWN_ID_MAX, "is too large");

/** The id of a mod: 63 bits. */
export const ModNumber = z
  .union([z.int(), z.bigint()], { error: "is no whole number" })
  .transform(BigInt)
  .refine((id) => id > 0n, "is not above 0");

/** A time, in milliseconds UTC and the microseconds beyond, or null. */
export const Time = Text.transform((text, context) => {
  const time = text === null ? null : parseTime(text);
  if (text === null || time !== null) return time;
  context.addIssue("is no date of a library");
  return z.NEVER;
});

/** A time that has to be there. */
export const GivenTime = Time.transform((time, context) => {
  if (time !== null) return time;
  context.addIssue("is missing");
  return z.NEVER;
});

/** Where a game or mod comes from in our words: Steam where nothing was said, and `local` for a word that we do not know. */
export function originOf(source: string | null): Origin {
  return source === null ? "steam" : (ORIGINS.find((origin) => origin === source) ?? "local");
}

/** The names of the fields that hold nothing, as a JSON list; null for none. */
export function nullsOf(fields: Readonly<Record<string, unknown>>): string | null {
  const names = Object.keys(fields).filter((name) => fields[name] === null);
  return names.length === 0 ? null : JSON.stringify(names);
}
