/** What a refusal means to us; the words of the transcripts' index. */
export type Reason =
  | "failure"
  | "no-connection"
  | "invalid-password"
  | "file-not-found"
  | "access-denied"
  | "timeout-eresult"
  | "locked"
  | "io-failure"
  | "disk-full"
  | "account-disabled"
  | "rate-limit"
  | "steam-guard-prompt"
  | "home-not-writable"
  | "not-logged-on"
  | "unknown";

/** EResult texts and numbers as SteamCMD prints them, by what has to be done about them. Order matters: first match wins. */
const TEXTS: readonly (readonly [RegExp, Reason])[] = [
  [/rate ?limit|throttle|^(84|87)$/i, "rate-limit"],
  [/two[- ]?factor|steam ?guard|auth ?code|logon denied|^(63|65|66|71|85|88)$/i, "steam-guard-prompt"],
  [/invalid password|password|credentials|^5$/i, "invalid-password"],
  [/account (disabled|locked|not found|banned)|^(18|43|73)$/i, "account-disabled"],
  [/access denied|not entitled|no subscription|insufficient privilege|decryption key|^15$/i, "access-denied"],
  [/not logged on|^21$/i, "not-logged-on"],
  [/no connection|connect failed|service unavailable|try another cm|^(3|20|35|48)$/i, "no-connection"],
  [/file not found|^9$/i, "file-not-found"],
  [/^(operation )?timed? ?out|^16$/i, "timeout-eresult"],
  [/locking failed|file locked|^33$/i, "locked"],
  [/disk full|not enough (disk )?space|disk write failure|^54$/i, "disk-full"],
  [/i\/o (operation )?failed|i\/o failure|^37$/i, "io-failure"],
  [/missing file permissions|not writable/i, "home-not-writable"],
  [/^(failure|fail|general failure|2)$/i, "failure"],
];

/** Sorts the text between the parentheses; Valve adds texts without notice, so an unknown one is a value too. */
export function toReason(text: string): Reason {
  const trimmed = text.trim();
  for (const [pattern, reason] of TEXTS) {
    if (pattern.test(trimmed)) return reason;
  }
  return "unknown";
}
