import { type FailureCode, type FailureReport, failureRule } from "@modfleet/protocol";

/** The table's advice is for people who wait for a fleet; here nobody takes over and nothing is tried again by itself. */
const ADVICE: Partial<Record<FailureCode, string>> = {
  needs_owner: "Set MODFLEET_STEAM_USER to an account that owns the game",
  steam_unreachable: "Check the connection and try again",
  rate_limited: "Try again in half an hour",
  source_unreachable: "Check the address and the connection, and try again",
  tool_broken: "The doctor command tells what is missing",
  disk_full: "Free some disk space and try again",
  too_large: "This program takes no item of that size",
};
const TRY_AGAIN = "Try again later";

/** Codes whose detail tells a person more than their sentence does. */
const TELLING: readonly FailureCode[] = [
  "unsafe_content",
  "steam_unreachable",
  "source_unreachable",
  "tool_broken",
  "disk_full",
  "too_large",
  "internal",
  "steam_failure",
];
const DETAIL_LENGTH_MAX = 300;

/** One line: what happened to `what`, and what to do. */
export function failureLine(what: string, { code, detail }: FailureReport): string {
  const rule = failureRule(code);
  const advice = ADVICE[code] ?? (rule.retry === "never" ? rule.advice : TRY_AGAIN);
  const more = TELLING.includes(code) && detail !== "" ? ` (${oneLine(detail)})` : "";
  return `Cannot fetch ${what}: ${rule.message}${more}. ${advice}`;
}

const PRIVATE = /Refused to connect to a private address/;

/** Whether a problem's text is that nobody has allowed private addresses. */
export const isPrivateRefusal = (text: string): boolean => PRIVATE.test(text);

/** A server that answers was reached. */
const ANSWERED = / (answered [45]\d\d)$/;

/** The same for a file by its address, where only its own failures can happen. */
export function sourceLine(url: string, failure: FailureReport): string {
  const [, answered] = ANSWERED.exec(failure.detail) ?? [];
  if (failure.code === "source_unreachable" && answered !== undefined) {
    const isServers = answered.startsWith("answered 5");
    return `Cannot fetch ${url}: the server ${answered}. ${isServers ? TRY_AGAIN : "Check the address"}`;
  }
  if (!isPrivateRefusal(failure.detail)) return failureLine(url, failure);
  const advice = "Type that address itself, or set MODFLEET_ALLOW_PRIVATE_SOURCES=1 if you trust who leads there";
  return `Cannot fetch ${url}: it leads to a private address. ${advice}`;
}

/** One line for an archive that could not get its place: neither Steam nor the item has anything to do with it. */
export function unwritableLine(path: string, why: string): string {
  const isFull = /\((ENOSPC|EDQUOT|EFBIG)\)$/.test(why);
  const advice = isFull ? ADVICE.disk_full : "See that its folder exists and can be written, or choose another with -o";
  return `Cannot write ${path}: ${oneLine(why)}. ${advice}`;
}

/** Details come from tools and strangers. */
export function oneLine(text: string): string {
  return text
    .replace(/\p{C}+/gu, " ")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, DETAIL_LENGTH_MAX);
}
