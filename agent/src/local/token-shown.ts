import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Secret } from "@modfleet/protocol";

/** `on purpose`: by a program or a page that knows it. `by a browser`: a password that browsers repeat without being asked. */
export type Shown = "on purpose" | "by a browser" | "none";

/** Longer ones are nobody's token; a header can have many kilobytes. */
const GIVEN_LENGTH_MAX = 1_024;

/** How a request shows the token: `Authorization: Bearer`, `?token=`, or the password of `Authorization: Basic`. */
export function tokenShown({ headers, url }: Pick<IncomingMessage, "headers" | "url">, token: Secret | null): Shown {
  const [, scheme = "", value = ""] = /^(\w+) +(.+)$/.exec(headers.authorization?.trim() ?? "") ?? [];
  const bearer = scheme.toLowerCase() === "bearer" ? value : null;
  if (isToken(bearer, token) || isToken(queryToken(url), token)) return "on purpose";
  const password = scheme.toLowerCase() === "basic" ? passwordOf(value) : null;
  return isToken(password, token) ? "by a browser" : "none";
}

/** In a time that tells nothing about where the two differ. */
function isToken(given: string | null, token: Secret | null): boolean {
  if (given === null || token === null || given.length > GIVEN_LENGTH_MAX) return false;
  return timingSafeEqual(digest(given), digest(token.reveal()));
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

function queryToken(url = "/"): string | null {
  return url.includes("token=") ? (URL.parse(url, "http://agent")?.searchParams.get("token") ?? null) : null;
}

/** Any user name will do. */
function passwordOf(credentials: string): string | null {
  const text = Buffer.from(credentials, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon === -1 ? null : text.slice(colon + 1);
}
