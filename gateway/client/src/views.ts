import type { components } from "./generated/schema.ts";

/** How far a fetch is; `state` is `done`, `failed` or `cancelled` once it is over. */
export type Job = components["schemas"]["Job"];

/** A mod with the version that is served now. */
export type Mod = components["schemas"]["Mod"];

/** What can be asked for: a file behind an address, a torrent, or a Workshop item. */
export type Source = components["schemas"]["Source"];

/** An RFC 9457 problem document with a stable `code`. */
export type Problem = components["schemas"]["Problem"];

const JOB_STATES: readonly string[] = [
  "queued",
  "leased",
  "verifying",
  "done",
  "failed",
  "cancelled",
] satisfies Job["state"][];

/** A job out of JSON that arrived in a stream; null for anything else. */
export function parseJob(text: string): Job | null {
  const value = parseJson(text);
  return isJob(value) ? value : null;
}

/** Nothing will change any more. */
export function isOver({ state }: Job): boolean {
  return state === "done" || state === "failed" || state === "cancelled";
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The fields that tell a job from everything else a proxy may answer; the rest is the gateway's promise. */
export function isJob(value: unknown): value is Job {
  return isRecord(value) && typeof value["id"] === "string" && JOB_STATES.includes(String(value["state"]));
}

/** The same for a problem document. */
export function isProblem(value: unknown): value is Problem {
  return isRecord(value) && typeof value["code"] === "string" && typeof value["detail"] === "string";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
