import { type Facts, isFinished } from "./torrent.ts";

const WATCHED = ["downloaded", "uploaded", "active"] as const;
export type WatchedKey = (typeof WATCHED)[number];

/** What is remembered of a torrent between two polls. */
export type Known = {
  facts: Facts;
  playing: boolean;
  /** `finished` is said once in a life, whatever a recheck finds later. */
  hasFinished: boolean;
};

export type Change =
  | { event: "added" | "paused" | "resumed" | "finished"; diff?: never }
  | { event: "updated"; diff: WatchedKey[] };

/** What happened to a torrent between what was known and what a poll saw; `known` is undefined for a new one. */
export function compare(known: Known | undefined, facts: Facts): { now: Known; changes: Change[] } {
  const isDone = isFinished(facts);
  if (known === undefined) {
    const changes: Change[] = isDone ? [{ event: "added" }, { event: "finished" }] : [{ event: "added" }];
    return { now: { facts, playing: false, hasFinished: isDone }, changes };
  }
  const diff = WATCHED.filter((key) => known.facts[key] !== facts[key]);
  const changes: Change[] = [];
  if (diff.includes("active")) changes.push({ event: facts.active ? "resumed" : "paused" });
  if (diff.length > 0) changes.push({ event: "updated", diff });
  const hasMoved = diff.includes("downloaded") || diff.includes("uploaded");
  const isNewlyDone = isDone && !known.hasFinished;
  if (isNewlyDone) changes.push({ event: "finished" });
  return { now: { facts, playing: facts.active && hasMoved, hasFinished: known.hasFinished || isDone }, changes };
}
