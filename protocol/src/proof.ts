import type { Hello } from "./agent-message.ts";
import type { TextHash } from "./archive.ts";

const LABEL = "modfleet agent hello v1";

/** JSON with sorted keys and no blanks: equal values give equal text (RFC 8785 for the values a hello can hold). */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`);
  return `{${fields.join(",")}}`;
}

/**
 * The text an agent signs. It covers the nonce (no replay), the gateway's origin as the agent dialled it (no relay) and
 * the SHA-256 of the rest of the hello (no change on the way).
 */
export function helloProof(
  hello: Omit<Hello, "signature">,
  { nonce, origin, sha256 }: { nonce: string; origin: string; sha256: TextHash },
): string {
  sha256.update(canonicalJson({ ...hello, signature: undefined }));
  return [LABEL, nonce, origin, sha256.digest("hex")].join("\n");
}
