import type { FailureCode, FailureReport } from "@modfleet/protocol";
import type { Attempt } from "./attempt.ts";
import type { Content } from "./content.ts";
import { HOME_NOT_WRITABLE, MISSING_LIBRARIES, type Problem, toLine, WRONG_MACHINE } from "./libraries.ts";
import { type Reason, toReason } from "./reasons.ts";
import type { RunSign } from "./run-signs.ts";

/** How a run may be repeated at once, in the same job. */
export type Again =
  /** The same command in the same folders, while bytes arrive: Steam gives up after about 300 s and keeps what it has. */
  | "resume"
  /** A new folder, once: what Steam remembers about the item is not what lies on the disk. */
  | "fresh"
  /** The run never got as far as the item (self-update, restart): not counted as a try, a few times. */
  | "rerun";

export type Judgement =
  | { kind: "fetched"; content: Content; manifest: string | null }
  | { kind: "again"; how: Again; otherwise: FailureReport }
  | { kind: "failed"; failure: FailureReport /** The account must rest until a person acts. */; stopsAccount?: true }
  | { kind: "cancelled" };

export type JudgeContext = {
  maxBytes: number;
  expectedBytes: number | null;
  coolDownMs: number;
  freeBytesMin: number;
  anonymous: boolean;
};

/**
 * What one run means. The item's own line and files on disk decide; signs, logs and exit codes only explain why there is no
 * verdict (Steam documents neither output nor exit codes). Pure.
 */
export function judge(attempt: Attempt, context: JudgeContext): Judgement {
  const { outcome, item } = attempt;
  if (outcome.kind === "killed" && outcome.by === "cancel") return { kind: "cancelled" };
  if (outcome.kind === "killed" && outcome.by === "too_large") return tooLarge(attempt, context);
  if (item === null) return judgeRun(attempt, context);
  if (item.kind === "success") return judgeSuccess(attempt, context);
  if (item.kind === "timeout") return resume(attempt);
  return judgeReason(toReason(item.reason), attempt, context);
}

function judgeSuccess(attempt: Attempt, context: JudgeContext): Judgement {
  const { content, acf } = attempt;
  if (content === null) return again("fresh", "empty_result", attempt);
  if (content.bytes > context.maxBytes) return tooLarge(attempt, context);
  return { kind: "fetched", content, manifest: acf.kind === "installed" ? acf.manifest : null };
}

const tooLarge = (attempt: Attempt, { maxBytes }: JudgeContext): Judgement =>
  failed("too_large", attempt, `More than ${maxBytes} bytes`);

const resume = (attempt: Attempt): Judgement => again("resume", "steam_timeout", attempt);

function judgeReason(reason: Reason, attempt: Attempt, context: JudgeContext): Judgement {
  switch (reason) {
    case "failure":
    case "unknown":
      return judgeFailure(attempt);
    case "timeout-eresult":
      return resume(attempt);
    case "no-connection":
      return failed("steam_unreachable", attempt);
    case "not-logged-on":
      return again("rerun", "steam_unreachable", attempt);
    case "access-denied":
      return failed("needs_owner", attempt);
    case "file-not-found":
      return failed("item_removed", attempt);
    case "locked":
      return failed("item_locked", attempt);
    case "rate-limit":
      return rateLimited(attempt, context);
    case "disk-full":
      return failed("disk_full", attempt);
    case "io-failure":
      return judgeIo(attempt, context);
    case "home-not-writable":
      return broken(HOME_NOT_WRITABLE, attempt);
    // Another account may well get the item, so nothing is said about the item; this agent is out until a person logs in.
    case "invalid-password":
    case "account-disabled":
    case "steam-guard-prompt":
      return { ...failed("tool_broken", attempt, `Steam refuses the account (${reason})`), stopsAccount: true };
  }
}

/** "(Failure)" hides its cause; Steam's log of the run names it. */
function judgeFailure(attempt: Attempt): Judgement {
  const { log, acf, hadState } = attempt;
  switch (log.kind === "cause" ? log.cause : null) {
    case "not-entitled":
      return failed("needs_owner", attempt);
    case "disk-write":
      return failed("disk_full", attempt);
    case "stale-acf":
      return again("fresh", "steam_failure", attempt);
    case "locked":
      return failed("item_locked", attempt);
    case "missing-configuration":
      return again("rerun", "steam_failure", attempt);
    case "invalid-platform":
    case null:
      break;
  }
  if (log.kind === "refused" && log.reason === "file-not-found") return failed("item_removed", attempt);
  // A failure remembered from an earlier run is repeated from the state file without asking Steam.
  return hadState || acf.kind === "cached-failure"
    ? again("fresh", "steam_failure", attempt)
    : failed("steam_failure", attempt);
}

/** Either this disk, or a legacy item that SteamCMD on Linux cannot write. */
function judgeIo(attempt: Attempt, { expectedBytes, freeBytesMin }: JudgeContext): Judgement {
  const full = attempt.freeBytes < Math.max(freeBytesMin, expectedBytes ?? 0);
  const cause = attempt.log.kind === "cause" ? attempt.log.cause : null;
  return failed(full || cause === "disk-write" ? "disk_full" : "steam_failure", attempt);
}

function rateLimited(attempt: Attempt, { coolDownMs }: JudgeContext): Judgement {
  return { kind: "failed", failure: { code: "rate_limited", detail: detailOf(attempt), retryAfterMs: coolDownMs } };
}

function judgeRun(attempt: Attempt, context: JudgeContext): Judgement {
  return judgeSign(attempt.sign, attempt, context) ?? judgeExit(attempt, context);
}

function judgeSign(sign: RunSign, attempt: Attempt, context: JudgeContext): Judgement | null {
  switch (sign.kind) {
    case "fatal":
      return judgeFatal(sign.why, attempt);
    case "login":
      // "(No match)", "(Failure)" and unknown texts of a login say nothing about the item.
      return ["failure", "unknown", "file-not-found", "access-denied", "timeout-eresult"].includes(sign.why)
        ? failed("steam_unreachable", attempt)
        : judgeReason(sign.why, attempt, context);
    case "app":
      if (sign.why === "no-subscription") return failed("needs_owner", attempt);
      if (sign.why.startsWith("disk-")) return failed("disk_full", attempt);
      return again("rerun", "steam_failure", attempt);
    case "not-logged-on":
      return again("rerun", "steam_unreachable", attempt);
    default:
      return null;
  }
}

function judgeFatal(why: Extract<RunSign, { kind: "fatal" }>["why"], attempt: Attempt): Judgement {
  switch (why) {
    case "offline-bootstrap":
      return failed("steam_unreachable", attempt);
    case "missing-32bit-libs":
      return broken(MISSING_LIBRARIES, attempt);
    case "wrong-machine":
      return broken(WRONG_MACHINE, attempt);
    case "home-not-writable":
      return broken(HOME_NOT_WRITABLE, attempt);
    case "disk-full":
      return failed("disk_full", attempt);
  }
}

/** Exit codes as other wrappers have seen them: hints, used only where nothing was said. */
function judgeExit(attempt: Attempt, { anonymous }: JudgeContext): Judgement {
  const { outcome, sign } = attempt;
  if (outcome.kind === "missing") return failed("tool_broken", attempt, `SteamCMD does not start: ${outcome.detail}`);
  if (outcome.kind === "killed") {
    return outcome.by === "output_limit"
      ? failed("tool_broken", attempt, "SteamCMD flooded its output")
      : resume(attempt);
  }
  if (outcome.kind === "died")
    return outcome.signal === "SIGABRT" ? resume(attempt) : again("rerun", "tool_broken", attempt);
  switch (outcome.code) {
    case 10:
    case 134:
      return resume(attempt);
    case 126:
    case 127:
      return broken(MISSING_LIBRARIES, attempt);
    case 5:
    case 63:
      return anonymous
        ? again("rerun", "steam_unreachable", attempt)
        : { ...failed("tool_broken", attempt, "Steam refuses the account"), stopsAccount: true };
    default:
      return again(
        "rerun",
        sign.kind === "rerun" || sign.kind === "updating" ? "steam_unreachable" : "tool_broken",
        attempt,
      );
  }
}

const broken = (problem: Problem, attempt: Attempt): Judgement => failed("tool_broken", attempt, toLine(problem));

function failed(code: FailureCode, attempt: Attempt, why?: string): Extract<Judgement, { kind: "failed" }> {
  return { kind: "failed", failure: { code, detail: detailOf(attempt, why) } };
}

function again(how: Again, code: FailureCode, attempt: Attempt): Judgement {
  return { kind: "again", how, otherwise: { code, detail: detailOf(attempt) } };
}

/** For the log of a person who has to find out: why, how it ended, Steam's own cause, the last words. */
function detailOf({ item, outcome, log, tail }: Attempt, why?: string): string {
  const said = item === null ? "no line about the item" : item.kind === "failed" ? item.reason : item.kind;
  const ended =
    outcome.kind === "exited"
      ? `exit ${outcome.code}`
      : outcome.kind === "killed"
        ? `ended: ${outcome.by}`
        : outcome.kind;
  const cause = log.kind === "cause" ? log.cause : null;
  return [why, said, ended, cause, tail]
    .filter((part) => part !== undefined && part !== null && part !== "")
    .join("; ")
    .slice(0, 2_000);
}
