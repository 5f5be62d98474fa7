import type { FailureReport } from "@modfleet/protocol";
import { retryAfterMsOf } from "./headers.ts";
import type { SourceResponse } from "./open-source.ts";

/** Why a source did not deliver. */
export type Trouble =
  /** May be better a moment later; not likely where its name is known to nobody. */
  | { kind: "broken"; failure: FailureReport; isUnknownName?: boolean }
  /** It asks for a pause; null: without saying how long. */
  | { kind: "slow_down"; failure: FailureReport; waitMs: number | null }
  /** Will not be better by asking this source again. */
  | { kind: "refused"; failure: FailureReport };

const MINUTE = 60_000;

export const refused = (code: FailureReport["code"], detail: string): Trouble => ({
  kind: "refused",
  failure: { code, detail },
});

export const broken = (detail: string): Extract<Trouble, { kind: "broken" }> => ({
  kind: "broken",
  failure: { code: "source_unreachable", detail },
});

/** What a status says that is neither 200 nor 206 nor a redirect. */
export function troubleOfStatus({ statusCode, headers }: SourceResponse, address: string): Trouble {
  const detail = `${address} answered ${statusCode}`;
  const waitMs = retryAfterMsOf(headers);
  if (statusCode === 429) {
    // Whoever is asked again in less than half an hour without having said so takes it for an attack.
    const retryAfterMs = Math.max(30 * MINUTE, waitMs ?? 0);
    return { kind: "slow_down", failure: { code: "rate_limited", detail, retryAfterMs }, waitMs };
  }
  if (statusCode === 503 && waitMs !== null) {
    return { kind: "slow_down", failure: { code: "source_unreachable", detail, retryAfterMs: waitMs }, waitMs };
  }
  if (statusCode === 404 || statusCode === 410) return refused("source_not_found", detail);
  return statusCode >= 500 || statusCode === 408 ? broken(detail) : refused("source_unreachable", detail);
}

/** Refusals of ours and bad certificates are final; everything else that the network does may pass. */
export function troubleOfError(error: unknown, address: string): Trouble {
  const detail = `${address}: ${textOf(error)}`;
  if (isFinal(error)) return refused("source_unreachable", detail);
  return isUnknownName(error) ? { ...broken(detail), isUnknownName: true } : broken(detail);
}

/** The name does not exist, says whoever must know. Of a machine without a network that would be EAI_AGAIN. */
function isUnknownName(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ("code" in error && error.code === "ENOTFOUND") || isUnknownName(error.cause);
}

function isFinal(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === "PrivateAddressError" || error.name === "BadRedirectError") return true;
  const code = "code" in error ? String(error.code) : "";
  return /CERT|SIGNATURE|ERR_TLS|ERR_SSL|CRL/.test(code) || isFinal(error.cause);
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return `${error.message || error.name}${cause}`;
}
