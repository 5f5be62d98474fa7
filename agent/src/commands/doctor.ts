import type { Command } from "commander";
import { runChecks } from "./checks.ts";
import type { CommandContext } from "./context.ts";
import type { Finding } from "./finding.ts";
import { addSettings, readSettings } from "./settings.ts";

/** Adds `doctor`: looks at everything the agent needs, with a one-line fix for each thing that is wrong. */
export function registerDoctor(program: Command, context: CommandContext): void {
  const command = program
    .command("doctor")
    .description("checks what the agent needs and says how to fix it")
    .option("--json", "one JSON object instead of lines");
  const settings = [
    "gateway",
    "invite",
    "data",
    "steamcmd",
    "steamcmdUrl",
    "steamUser",
    "localHost",
    "localPort",
    "torrentClient",
    "minFree",
    "watch",
  ] as const;
  addSettings(command, settings).action(async (options: { json?: boolean }) => {
    const findings = await runChecks(readSettings(command, context), context);
    const isWell = findings.every(({ ok }) => ok);
    context.stdout.write(
      options.json === true ? `${JSON.stringify({ ok: isWell, checks: findings })}\n` : linesOf(findings),
    );
    if (!isWell) context.exit(1);
  });
}

/** One line a check, and one below it for its fix. */
function linesOf(findings: readonly Finding[]): string {
  return findings.map(lineOf).join("");
}

function lineOf({ name, ok, isNote, detail, fix }: Finding): string {
  const mark = isNote ? "note" : "ok  ";
  return `${ok ? mark : "FAIL"}  ${name}: ${detail}${fix === null ? "" : `\n      fix: ${fix}`}\n`;
}
