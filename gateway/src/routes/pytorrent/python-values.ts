/** Pydantic 1 looks at no longer text, because Python's own integers end there. */
const INTEGER_CHARACTERS_MAX = 4_300;
const INT64_MAX = 2n ** 63n - 1n;

/** What Python takes for blanks, which is not what JavaScript does. */
export const BLANK = "[\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]*";
const INTEGER = new RegExp(`^${BLANK}([+-]?)(\\p{Nd}+(?:_\\p{Nd}+)*)${BLANK}$`, "u");
const PLAIN_DIGITS = /^\d{1,15}$/;

const TRUE = new Set(["1", "on", "t", "true", "y", "yes"]);
const FALSE = new Set(["0", "off", "f", "false", "n", "no"]);

/** An integer as pydantic 1 reads it: with blanks around it, a sign, `_` between digits, and digits of any script. */
export function parseInteger(text: string): bigint | null {
  if (PLAIN_DIGITS.test(text)) return BigInt(text);
  if (text.length > INTEGER_CHARACTERS_MAX && [...text].length > INTEGER_CHARACTERS_MAX) return null;
  const [, sign, digits] = INTEGER.exec(text) ?? [];
  if (digits === undefined) return null;
  const value = BigInt(toAscii(digits.replaceAll("_", "")));
  return sign === "-" ? -value : value;
}

/** A boolean as pydantic 1 reads it: one of its words in any case, without blanks. */
export function parseBoolean(text: string): boolean | null {
  const word = text.toLowerCase();
  if (TRUE.has(word)) return true;
  return FALSE.has(word) ? false : null;
}

/** Whether SQLite could have it for an id. */
export function isInt64(value: bigint): boolean {
  return value <= INT64_MAX && value >= -INT64_MAX - 1n;
}

/** The number where it is one exactly, which is nearly always. */
export function compact(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Unicode's decimal digits stand in runs of ten, some of them side by side. */
function toAscii(digits: string): string {
  return digits.replace(/[^0-9]/gu, (digit) => {
    const code = digit.codePointAt(0) ?? 0;
    let zero = code;
    while (/^\p{Nd}$/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
    return String((code - zero) % 10);
  });
}
