import { readFileSync } from "node:fs";
import { z } from "zod";
import { replaceDurably } from "../durable-file.ts";

const Saved = z.object({ month: z.string(), bytes: z.number().min(0) });
type Saved = z.infer<typeof Saved>;

/** Bytes over the volunteer's line in the calendar month of `now`. Survives restarts. */
export type MonthCounter = { add(bytes: number, now: number): void; bytes(now: number): number };

/** Opens the counter at `path`; a missing or unreadable file counts from nothing. */
export function openMonthCounter(path: string): MonthCounter {
  let saved = read(path);
  const current = (now: number): Saved => {
    const month = monthOf(now);
    return saved.month === month ? saved : { month, bytes: 0 };
  };
  return {
    bytes: (now) => current(now).bytes,
    add: (bytes, now) => {
      const before = current(now);
      saved = { month: before.month, bytes: before.bytes + Math.max(0, Math.round(bytes)) };
      replaceDurably(path, JSON.stringify(saved));
    },
  };
}

function read(path: string): Saved {
  const nothing = { month: "", bytes: 0 };
  try {
    return Saved.safeParse(JSON.parse(readFileSync(path, "utf8"))).data ?? nothing;
  } catch {
    return nothing;
  }
}

/** The volunteer's provider counts by the volunteer's calendar. */
function monthOf(now: number): string {
  const date = new Date(now);
  return `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, "0")}`;
}
