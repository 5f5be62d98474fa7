import { closeSync, openSync, readFileSync } from "node:fs";
import { Epoch, JobId, type JobRef } from "@modfleet/protocol";
import { z } from "zod";
import { appendDurably, replaceDurably } from "../durable-file.ts";
import { Held } from "./held.ts";

const Line = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("held"), held: Held }),
  z.object({ kind: z.literal("gone"), job: JobId, epoch: Epoch }),
]);
type Line = z.infer<typeof Line>;

/** What a restarted agent must know: the jobs it answers for, and the highest epoch of each job it ever took. */
export type Remembered = { held: readonly Held[]; seen: ReadonlyMap<JobId, number> };

/** The agent's memory on disk. When a call returns, its line survives `kill -9` and a power cut. */
export interface Journal {
  record(held: Held): void;
  /** Only the epoch stays, so that an echo of the offer is still recognised. */
  forget(ref: JobRef): void;
  close(): void;
}

/** Epochs of settled jobs that stay in the file. */
const GONE_MAX = 1_000;
/** A file with so many lines is written anew. */
const LINES_MAX = 4_000;

/**
 * Opens the journal at `path`, one JSON line per fact. A torn last line is what a crash leaves and is cut off; any other
 * line that cannot be read is left out and counted in `damaged`.
 */
export function openJournal(path: string): { journal: Journal; remembered: Remembered; damaged: number } {
  const { lines, damaged } = readLines(path);
  const facts = factsOf(lines);
  let written = 0;
  let file = rewrite(path, facts);

  const append = (line: Line): void => {
    appendDurably(file, textOf(line));
    withFact(facts, line);
    written += 1;
    if (written < LINES_MAX) return;
    closeSync(file);
    file = rewrite(path, facts);
    written = 0;
  };

  const journal: Journal = {
    record: (held) => append({ kind: "held", held }),
    forget: ({ job, epoch }) => append({ kind: "gone", job, epoch }),
    close: () => closeSync(file),
  };
  return { journal, remembered: rememberedOf(facts), damaged };
}

/** The newest fact of each job, oldest first. */
type Facts = Map<JobId, Line>;

function factsOf(lines: readonly Line[]): Facts {
  return lines.reduce(withFact, new Map());
}

const epochOf = (line: Line): number => (line.kind === "held" ? line.held.epoch : line.epoch);

/** A run that was stopped may end after a newer one of its job began; its line says nothing about that one. */
function withFact(facts: Facts, line: Line): Facts {
  const job = line.kind === "held" ? line.held.job : line.job;
  const known = facts.get(job);
  if (known !== undefined && epochOf(known) > epochOf(line)) return facts;
  facts.delete(job);
  facts.set(job, line);
  return facts;
}

function rememberedOf(facts: Facts): Remembered {
  const held = [...facts.values()].flatMap((line) => (line.kind === "held" ? [line.held] : []));
  return { held, seen: new Map([...facts].map(([job, line]) => [job, epochOf(line)])) };
}

function readLines(path: string): { lines: Line[]; damaged: number } {
  const texts = readIfThere(path).split("\n");
  // Without its line feed the last line was never acknowledged to anybody.
  texts.pop();
  const read = texts.map(parseLine);
  const lines = read.filter((line) => line !== null);
  return { lines, damaged: read.length - lines.length };
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return "";
    throw new Error(`Could not read the journal: ${path}`, { cause });
  }
}

function parseLine(text: string): Line | null {
  try {
    return Line.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** Writes the facts afresh, without the oldest of the settled ones, and gives back the file to append to. */
function rewrite(path: string, facts: Facts): number {
  const gone = [...facts].filter(([, line]) => line.kind === "gone");
  for (const [job] of gone.slice(0, Math.max(0, gone.length - GONE_MAX))) facts.delete(job);
  replaceDurably(path, [...facts.values()].map(textOf).join(""));
  return openSync(path, "a", 0o600);
}

const textOf = (line: Line): string => `${JSON.stringify(line)}\n`;
