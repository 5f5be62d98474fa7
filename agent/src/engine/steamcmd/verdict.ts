import { type AcfState, readAcf } from "./acf.ts";
import { createItemScanner, type ItemVerdict, withoutAnsi } from "./item-lines.ts";
import { type Reason, toReason } from "./reasons.ts";
import { type RunSign, readRunSigns } from "./run-signs.ts";
import { type LogVerdict, readWorkshopLog } from "./workshop-log.ts";

/** What a run's output amounts to: the asked items' own lines, and why there may be none. */
export type OutputVerdict = { kind: "output"; items: ReadonlyMap<string, ItemVerdict>; sign: RunSign };

export type TranscriptVerdict =
  | (OutputVerdict & { asked: readonly string[] })
  | { kind: "workshop_log"; log: LogVerdict }
  | { kind: "acf"; state: AcfState };

export type Transcript = {
  kind: "stdout" | "stderr" | "workshop_log" | "acf";
  text: string;
  /** Ids of the items the caller wanted. */
  asked: readonly string[];
};

/** Reads anything SteamCMD leaves behind with the parsers the engine itself uses. Never throws. */
export function readTranscript({ kind, text, asked }: Transcript): TranscriptVerdict {
  switch (kind) {
    case "acf":
      return { kind: "acf", state: readAcf(text, asked[0] ?? "") };
    case "workshop_log":
      return { kind: "workshop_log", log: readWorkshopLog(text, asked) };
    case "stdout":
    case "stderr": {
      const scanner = createItemScanner(asked);
      scanner.push(text);
      return { kind: "output", items: scanner.verdicts(true), sign: readRunSigns(withoutAnsi(text)), asked };
    }
  }
}

/** The verdict in the words of the transcripts' index: `success`, `timeout:ids`, `login:rate-limit`, `stale-acf`, … */
export function describeVerdict(verdict: TranscriptVerdict): string {
  switch (verdict.kind) {
    case "acf":
      return verdict.state.kind;
    case "workshop_log":
      return describeLog(verdict.log);
    case "output":
      return verdict.items.size > 0 ? describeItems(verdict.items, verdict.asked) : describeSign(verdict.sign);
  }
}

function describeItems(items: ReadonlyMap<string, ItemVerdict>, asked: readonly string[]): string {
  const byWord = Map.groupBy(items, ([, item]) => wordOf(item));
  const parts = [...byWord].map(([word, entries]) =>
    asked.length === 1 ? word : `${word}:${entries.map(([id]) => id).join(",")}`,
  );
  return parts.join(";");
}

function wordOf(item: ItemVerdict): string {
  if (item.kind !== "failed") return item.kind;
  return wordOfReason(toReason(item.reason));
}

const wordOfReason = (reason: Reason): string => (reason === "unknown" ? "failure" : reason);

function describeLog(log: LogVerdict): string {
  if (log.kind === "cause") return log.cause;
  return log.kind === "refused" ? wordOfReason(log.reason) : log.kind;
}

function describeSign(sign: RunSign): string {
  switch (sign.kind) {
    case "fatal":
    case "login":
    case "app":
      return `${sign.kind}:${sign.why}`;
    case "updating":
      return sign.ready ? "updating-then-ready" : "updating";
    default:
      return sign.kind;
  }
}
