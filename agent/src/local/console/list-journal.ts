import { closeSync, openSync, readFileSync } from "node:fs";
import { appendDurably, replaceDurably } from "../../durable-file.ts";
import { emptyLists, Fact, factsOf, type Lists, withFact } from "./lists.ts";

/** The lists and their memory on disk. When `record` returns, its fact survives `kill -9` and a power cut. */
export interface ListJournal {
  readonly lists: Lists;
  /** Throws when the disk does not take the fact; then the lists are as before. */
  record(fact: Fact): void;
  close(): void;
}

/** `ended` are downloads that are over, as far back as the file tells. */
export type OpenedJournal = { journal: ListJournal; damaged: number; ended: ReadonlySet<string> };

/** A file with so many lines more than at its last rewriting is written anew. */
const LINES_MAX = 4_000;

/**
 * Opens the journal at `path`, one JSON fact per line. A torn last line is what a crash leaves and is cut off; any other line
 * that cannot be read is left out and counted in `damaged`.
 */
export function openListJournal(path: string): OpenedJournal {
  const { facts, damaged } = readFacts(path);
  const ended = new Set(facts.flatMap((fact) => (fact.kind === "done" || fact.kind === "gone" ? [fact.id] : [])));
  const lists = facts.reduce(withFact, emptyLists());
  let file = rewrite(path, lists);
  let written = 0;

  const record = (fact: Fact): void => {
    appendDurably(file, textOf(fact));
    withFact(lists, fact);
    written += 1;
    if (written < LINES_MAX + lists.done.size) return;
    closeSync(file);
    file = rewrite(path, lists);
    written = 0;
  };
  return { journal: { lists, record, close: () => closeSync(file) }, damaged, ended };
}

function readFacts(path: string): { facts: Fact[]; damaged: number } {
  const texts = readIfThere(path).split("\n");
  // Without its line feed the last line was never acknowledged to anybody.
  texts.pop();
  const read = texts.map(parseFact);
  const facts = read.filter((fact) => fact !== null);
  return { facts, damaged: read.length - facts.length };
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return "";
    throw new Error(`Could not read the console's lists: ${path}`, { cause });
  }
}

function parseFact(text: string): Fact | null {
  try {
    return Fact.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

function rewrite(path: string, lists: Lists): number {
  replaceDurably(path, factsOf(lists).map(textOf).join(""));
  return openSync(path, "a", 0o600);
}

const textOf = (fact: Fact): string => `${JSON.stringify(fact)}\n`;
