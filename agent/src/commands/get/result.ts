import type { ModId } from "@modfleet/protocol";
import type { GetOutput } from "./get-context.ts";

/** What a result is about, for whoever asked. */
export type Asked = {
  kind: "workshop" | "http" | "torrent";
  /** As it stood on the command line. */
  target: string;
  id?: ModId;
  /** The collection on the command line that names it. */
  collection?: ModId;
};

export type Done = {
  exit: 0;
  file: string;
  /** What stands behind the path for a person: `4.2 MB, 3 files`. */
  summary: string;
  /** What `--json` says of it. */
  facts: object;
  /** An earlier command has written it. */
  wasHere?: boolean;
};
export type Failed = {
  exit: 1 | 2 | 130;
  problem: string;
  code?: string;
  /** The same command goes on from what arrived. */
  isKept?: boolean;
};
export type Result = Done | Failed;

export const KEPT = "What arrived is kept: the same command goes on from there";
/** Of which the summary says nothing more than that it was. */
export const INTERRUPTED: Failed = { exit: 130, problem: `Interrupted. ${KEPT}`, isKept: true };

/** A look-up's problem as a result. */
export function notFound({ problem, code }: { problem: string; code?: string }): Failed {
  return { exit: 1, problem, ...(code !== undefined && { code }) };
}

export type Report = {
  tell(asked: Asked, result: Result): void;
  /** Everything is over and no bar is drawn any more; `exit` is the worst of all. */
  end(exit: number): void;
};

type ReportOptions = { json: boolean; stdout: GetOutput; stderr: GetOutput };

/** Tells results as they come, or all at the end where they would run into the bars on the same terminal. */
export function createReport({ json, stdout, stderr }: ReportOptions): Report {
  const held: (() => void)[] = [];
  const say = (output: GetOutput, text: string): void => {
    const write = (): void => void output.write(text);
    if (stderr.isTTY && output.isTTY) held.push(write);
    else write();
  };
  return {
    tell(asked, result) {
      if (json) say(stdout, `${JSON.stringify(toJson(asked, result))}\n`);
      if (result.exit !== 0) {
        // Said once for all of them.
        if (result.exit !== 130) say(stderr, `${printable(result.problem)}\n`);
      } else if (!json)
        say(stdout, `${result.wasHere ? "Have" : "Wrote"} ${printable(result.file)} (${result.summary})\n`);
    },
    end(exit) {
      for (const write of held.splice(0)) write();
      if (exit === INTERRUPTED.exit) stderr.write(`${INTERRUPTED.problem}\n`);
    },
  };
}

/** What belongs to a failure comes first, so that a person who reads the lines sees whether it went well. */
function toJson({ kind, target, id, collection }: Asked, result: Result): object {
  const about = { kind, target, ...(id !== undefined && { id }), ...(collection !== undefined && { collection }) };
  if (result.exit === 0) return { ok: true, ...about, ...result.facts };
  return { ok: false, ...about, code: result.code ?? null, message: printable(result.problem) };
}

/** Titles and paths may hold anything, escape sequences for the terminal included. */
export const printable = (text: string): string => text.replace(/\p{C}+/gu, " ").trim();
