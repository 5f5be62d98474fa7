import { type Reason, toReason } from "./reasons.ts";

/** The true cause behind "(Failure)", gravest first. */
export const LOG_CAUSES = [
  "not-entitled",
  "disk-write",
  "stale-acf",
  "locked",
  "missing-configuration",
  "invalid-platform",
] as const;
export type LogCause = (typeof LOG_CAUSES)[number];

export type LogVerdict =
  | { kind: "cause"; cause: LogCause }
  | { kind: "success" }
  /** Only the result of the item itself. */
  | { kind: "refused"; reason: Reason }
  | { kind: "none" };

const PATTERNS: Record<LogCause, RegExp> = {
  "not-entitled": /Missing decryption key|Access Denied|No subscription/i,
  "disk-write": /Disk write failure|Not enough (disk )?space|Disk full/i,
  "stale-acf": /Missing game files/i,
  locked: /Locking Failed|File locked/i,
  "missing-configuration": /Missing configuration/i,
  "invalid-platform": /Invalid Platform/i,
};

const RESULT = /Download item (\d+) result\s*:\s*([^\r\n]*)/i;

/**
 * Reads `workshop_log.txt` for the asked items: what was said about their app since the last result "OK". Lines of other apps
 * do not count, because the log belongs to the HOME and not to the run.
 */
export function readWorkshopLog(text: string, asked: readonly string[], app?: number): LogVerdict {
  const lines = text.split(/\r?\n/);
  const apps = app === undefined ? appsOf(lines, asked) : new Set([String(app)]);
  let causes = new Set<LogCause>();
  let verdict: LogVerdict = { kind: "none" };

  for (const line of lines) {
    if (!isAbout(line, apps)) continue;
    for (const cause of LOG_CAUSES) {
      if (PATTERNS[cause].test(line)) causes.add(cause);
    }
    const [, item, result] = RESULT.exec(line) ?? [];
    if (item === undefined || !asked.includes(item)) continue;
    const ok = /^(OK|No Error)\b/i.test(result ?? "");
    if (ok) causes = new Set();
    verdict = ok ? { kind: "success" } : { kind: "refused", reason: toReason(result ?? "") };
  }
  const gravest = LOG_CAUSES.find((cause) => causes.has(cause));
  return gravest === undefined ? verdict : { kind: "cause", cause: gravest };
}

function appsOf(lines: readonly string[], asked: readonly string[]): ReadonlySet<string> {
  const apps = new Set<string>();
  for (const line of lines) {
    const item = /item (\d+)/i.exec(line)?.[1];
    const app = appOf(line);
    if (item !== undefined && app !== null && asked.includes(item)) apps.add(app);
  }
  return apps;
}

/** `[AppID N]` in front, or `for app N` in the text of older builds. */
const appOf = (line: string): string | null =>
  /\[AppID (\d+)\]|\bapp (\d+)/i.exec(line)?.slice(1).find(Boolean) ?? null;

function isAbout(line: string, apps: ReadonlySet<string>): boolean {
  const app = appOf(line);
  return app !== null && apps.has(app);
}
