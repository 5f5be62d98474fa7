import { CLOSE_CODES, type CloseReason, closeReason } from "@modfleet/protocol";

/** Why a session ended: what the gateway said with its close code, or what this side saw. Logs and tests use these words. */
export type EndReason =
  | CloseReason
  | "stopped"
  | "could_not_open"
  | "could_not_enrol"
  | "enrolment_refused"
  | "no_welcome"
  | "gateway_silent"
  | "connection_lost";

export type Ended = {
  reason: EndReason;
  detail: string;
  /** The least to wait before coming back; null: never. */
  comeBackMs: number | null;
  /** How long the session was a welcomed one. */
  healthyMs: number;
};

/** A gateway that restarts may ask for this much patience at most. */
const COME_BACK_MAX_MS = 5 * 60_000;

/** The end that a close frame means. */
export function endOfClose(code: number, text: string): Pick<Ended, "reason" | "detail" | "comeBackMs"> {
  const reason = closeReason(code);
  if (reason === null) {
    return { reason: "connection_lost", detail: text === "" ? `Closed with ${code}` : text, comeBackMs: 0 };
  }
  const { comeBackMs, means } = CLOSE_CODES[reason];
  if (reason === "restarting") return { reason, detail: means, comeBackMs: millisecondsIn(text) };
  return { reason, detail: means, comeBackMs };
}

function millisecondsIn(text: string): number {
  const asked = /^\d{1,9}$/.test(text.trim()) ? Number(text) : 0;
  return Math.min(asked, COME_BACK_MAX_MS);
}
