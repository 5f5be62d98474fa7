import { type Reason, toReason } from "./reasons.ts";

/** What a run's output says beside its item lines. None of it is a verdict on an item; it explains why there is none. */
export type RunSign =
  | {
      kind: "fatal";
      why: "offline-bootstrap" | "missing-32bit-libs" | "home-not-writable" | "disk-full" | "wrong-machine";
    }
  | { kind: "login"; why: Reason }
  /** Of `app_update`; `why` is its text in words with dashes, e.g. "no-subscription". */
  | { kind: "app"; why: string }
  | { kind: "not-logged-on" }
  /** The self-update was under way when the output ended; with `ready` the console came up after it. */
  | { kind: "updating"; ready: boolean }
  /** The output ends at the update check: no command was run. */
  | { kind: "rerun" }
  | { kind: "app-update" }
  | { kind: "warning" }
  | { kind: "noise" };

/** Reads the signs of a run, the gravest first. Bootstrap lines are localised: there only brackets and numbers are trusted. */
export function readRunSigns(text: string): RunSign {
  return (
    readFatal(text) ??
    readLogin(text) ??
    readApp(text) ??
    readNotLoggedOn(text) ??
    readBootstrap(text) ??
    readRest(text)
  );
}

function readFatal(text: string): RunSign | null {
  if (/Exec format error|Bad CPU type in executable/i.test(text)) return { kind: "fatal", why: "wrong-machine" };
  if (/error while loading shared libraries|linux32\/steamcmd: (No such file|not found|cannot execute)/i.test(text)) {
    return { kind: "fatal", why: "missing-32bit-libs" };
  }
  if (/Missing file permissions|(Steam|home|HOME)\S{0,300}: (Permission denied|Read-only file system)/.test(text)) {
    return { kind: "fatal", why: "home-not-writable" };
  }
  if (/needs \d+ ?MB (of )?free|free disk space to update/i.test(text)) return { kind: "fatal", why: "disk-full" };
  // The sentence after `!!!` is localised on some systems; what stops a bootstrap is nearly always the network.
  if (/\[----\]\s*!!!|Steamcmd needs to be online/i.test(text)) return { kind: "fatal", why: "offline-bootstrap" };
  return null;
}

/** Three wordings: 2015 `Login Failure: X`, until 2024 `FAILED (X)` or `FAILED login with result code X`, since then `ERROR (X)`. */
const LOGIN_REFUSALS = [
  /Login Failure:\s*([^\r\n]+)/,
  /FAILED login with result code\s+([^\r\n]+)/,
  /(?:FAILED|ERROR)\s+\(([^)\r\n]{1,200})\)/,
  /FAILED with result code\s+(\d+)/,
];
const GUARD =
  /Steam Guard code:|Two-factor code:|Steam Guard mobile authenticator|not been authenticated for your account|Waiting for confirmation/i;

function readLogin(text: string): RunSign | null {
  for (const pattern of LOGIN_REFUSALS) {
    const said = pattern.exec(text)?.[1];
    const why = said === undefined ? null : toReason(said);
    // Assertions print `ERROR (…)` as well: only a known refusal, or one behind a login line, is a login's.
    if (why !== null && (why !== "unknown" || /Steam Public|Logging in user/.test(text))) return { kind: "login", why };
  }
  if (GUARD.test(text)) return { kind: "login", why: "steam-guard-prompt" };
  if (/Cached credentials not found|^[ \t]*password:[ \t]*$/im.test(text))
    return { kind: "login", why: "invalid-password" };
  return null;
}

/** States of an update that stopped, in hexadecimal digits. */
const APP_STATES: Readonly<Record<string, string>> = {
  "202": "disk-full",
  "212": "disk-full",
  "606": "disk-write",
  "6": "no-connection",
  "402": "no-connection",
  "602": "no-connection",
};
const APP_ENDS =
  /(?<done>Success! App '\d+')|App '\d+' state is 0x(?<state>[0-9a-f]+)|Failed to install app '\d+' \((?<why>[^)]{0,200})\)/gi;

/** The last end counts: an update may be tried again in one run. */
function readApp(text: string): RunSign | null {
  const { done, state, why } = [...text.matchAll(APP_ENDS)].at(-1)?.groups ?? {};
  if (done !== undefined) return { kind: "app-update" };
  if (state !== undefined) return { kind: "app", why: APP_STATES[state.toLowerCase()] ?? "failure" };
  if (why === undefined) return null;
  return { kind: "app", why: /disk write/i.test(why) ? "disk-write" : slug(why) };
}

const slug = (text: string): string =>
  text
    .trim()
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-") || "failure";

const readNotLoggedOn = (text: string): RunSign | null =>
  /ERROR!\s+Not logged on/i.test(text) ? { kind: "not-logged-on" } : null;

const BOOTSTRAP_LINE = /\[(?: *(\d+)%|----)\]([^\r\n[]*)/g;
const READY = /Steam Console Client|Loading Steam API|type 'quit' to exit/;

function readBootstrap(text: string): RunSign | null {
  const lines = [...text.matchAll(BOOTSTRAP_LINE)];
  const last = lines.at(-1);
  if (last === undefined) return null;
  const ready = READY.test(text.slice(last.index));
  const updating = lines.some(
    ([, percent, words]) =>
      Number(percent ?? 0) > 0 ||
      /\d\D+(KB|Ko|КБ)\)|Download|Extract|Installing|Update complete|Cleaning up/i.test(words ?? ""),
  );
  if (updating) return { kind: "updating", ready };
  return ready ? null : { kind: "rerun" };
}

function readRest(text: string): RunSign {
  if (/Update state \(0x[0-9a-f]+\)/i.test(text)) return { kind: "app-update" };
  return /Please use force_install_dir before logon/i.test(text) ? { kind: "warning" } : { kind: "noise" };
}
