import { DAY_MS } from "../../domain/statistics.ts";
import { BLANK, parseInteger } from "./python-values.ts";

/** A day by its number from 1970-01-01 on. */
export type Day = number;

const MAX_NUMBER = 3e20;
/** Larger numbers are milliseconds, or even smaller parts of a second. */
const SECONDS_MAX = 2e10;
const DAY_SECONDS = DAY_MS / 1_000;

const DIGITS = "\\p{Nd}+(?:_\\p{Nd}+)*";
const NUMBER = `(?:(${DIGITS})(?:\\.(${DIGITS})?)?|\\.(${DIGITS}))(?:e([+-]?${DIGITS}))?`;
const FLOAT = new RegExp(`^${BLANK}([+-]?)${NUMBER}${BLANK}$`, "iu");
const INFINITE = new RegExp(`^${BLANK}([+-]?)inf(?:inity)?${BLANK}$`, "iu");
const NOT_A_NUMBER = new RegExp(`^${BLANK}[+-]?nan${BLANK}$`, "iu");
// Python's `$` also matches before a last line break.
const DATE = /^(\p{Nd}{4})-(\p{Nd}{1,2})-(\p{Nd}{1,2})\n?$/u;

const FIRST_DAY: Day = dayNumber(1, 1, 1);
const LAST_DAY: Day = dayNumber(9999, 12, 31);

/** A date as pydantic 1 reads it: `2026-1-5`, or a number of seconds since 1970 in any form that Python's floats have. */
export function parseDay(text: string): Day | null {
  const seconds = parseSeconds(text);
  return seconds === null ? fromParts(text) : fromSeconds(seconds);
}

/** What the refusal of a date says. Python's conversion stumbles over this one float before pydantic does. */
export function dayFault(text: string | undefined): { msg: string; type: string } {
  if (text !== undefined && NOT_A_NUMBER.test(text))
    return { msg: "cannot convert float NaN to integer", type: "value_error" };
  return { msg: "invalid date format", type: "value_error.date" };
}

/** `YYYY-MM-DD`. */
export function printDay(day: Day): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

function fromParts(text: string): Day | null {
  const [year, month, date] = (DATE.exec(text) ?? []).slice(1).map((digits) => Number(parseInteger(digits)));
  if (year === undefined || month === undefined || date === undefined || year === 0) return null;
  const day = dayNumber(year, month, date);
  const read = new Date(day * DAY_MS);
  return read.getUTCMonth() === month - 1 && read.getUTCDate() === date ? day : null;
}

function fromSeconds(number: number): Day | null {
  if (Number.isNaN(number)) return null;
  if (number > MAX_NUMBER) return LAST_DAY;
  if (number < -MAX_NUMBER) return FIRST_DAY;
  let seconds = number;
  while (Math.abs(seconds) > SECONDS_MAX) seconds /= 1_000;
  const whole = Math.floor(seconds);
  // Python rounds to microseconds, which may reach the next day.
  const micros = Math.round((seconds - whole) * 1e6);
  return Math.floor((whole + Math.floor(micros / 1e6)) / DAY_SECONDS);
}

/** Python's `float(text)`, null where that fails. */
function parseSeconds(text: string): number | null {
  if (NOT_A_NUMBER.test(text)) return Number.NaN;
  const infinite = INFINITE.exec(text);
  if (infinite !== null) return infinite[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const found = FLOAT.exec(text);
  if (found === null) return null;
  const [, sign = "", whole = "", fraction = "", only = "", exponent = "0"] = found;
  return Number(`${sign}${ascii(whole) || "0"}.${ascii(fraction || only) || "0"}e${ascii(exponent)}`);
}

/** Digits of any script as ours, without `_`. */
function ascii(digits: string): string {
  return digits.replaceAll("_", "").replace(/[^\d+-]/gu, (digit) => String(parseInteger(digit)));
}

function dayNumber(year: number, month: number, date: number): Day {
  // Not Date.UTC: it takes years below 100 for ones of the last century.
  return new Date(0).setUTCFullYear(year, month - 1, date) / DAY_MS;
}
