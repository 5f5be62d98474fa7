import { dirname } from "node:path";
import type { SteamcmdLimits } from "../options.ts";
import { createItemScanner, type ItemVerdict, withoutAnsi } from "./item-lines.ts";
import { createKeptText } from "./kept-text.ts";
import { type RunSign, readRunSigns } from "./run-signs.ts";
import { runTool, type ToolOutcome } from "./run-tool.ts";
import type { Slot } from "./slots.ts";

export type SteamcmdRun = {
  outcome: ToolOutcome;
  items: ReadonlyMap<string, ItemVerdict>;
  sign: RunSign;
  /** The last lines of both streams. */
  tail: string;
  /** The build the console names, e.g. "1788292693". */
  version: string | null;
};

export type SteamcmdCall = {
  slot: Slot;
  args: readonly string[];
  /** Items whose lines are looked for. */
  asked: readonly string[];
  environment: Record<string, string>;
  limits: Pick<SteamcmdLimits, "killGraceMs" | "outputBytesMax" | "keptOutputMax">;
  signal: AbortSignal;
};

const TAIL_LENGTH = 1_000;

/**
 * Runs SteamCMD and reads all it prints: item lines while they come, however much there is, everything else from the head and the
 * tail. The streams are read apart, because one may interrupt the other in the middle of a line.
 */
export async function runSteamcmd({
  slot,
  args,
  asked,
  environment,
  limits,
  signal,
}: SteamcmdCall): Promise<SteamcmdRun> {
  const flood = new AbortController();
  const readers = {
    stdout: createReader(asked, limits.keptOutputMax),
    stderr: createReader(asked, limits.keptOutputMax),
  };
  const outcome = await runTool(
    { file: slot.file, args, cwd: dirname(slot.file), env: environment, home: slot.home },
    {
      signal: AbortSignal.any([signal, flood.signal]),
      killGraceMs: limits.killGraceMs,
      onOutput(chunk, from) {
        readers[from].push(chunk);
        if (readers[from].length() > limits.outputBytesMax) flood.abort("output_limit");
      },
    },
  );
  const text = withoutAnsi(`${readers.stdout.text()}\n${readers.stderr.text()}`);
  return {
    outcome,
    items: new Map([...readers.stderr.items(), ...readers.stdout.items()]),
    sign: readRunSigns(text),
    tail: text.trim().slice(-TAIL_LENGTH),
    version: /Steam Console Client[^\r\n]{0,200}?version (\d+)/.exec(text)?.[1] ?? null,
  };
}

function createReader(asked: readonly string[], keptMax: number) {
  const scanner = createItemScanner(asked);
  const kept = createKeptText(keptMax);
  return {
    push(chunk: string) {
      scanner.push(chunk);
      kept.push(chunk);
    },
    items: () => scanner.verdicts(true),
    text: kept.text,
    length: kept.length,
  };
}
