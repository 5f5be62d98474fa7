/** What a client already has, against what is here: the part of a request's headers that RFC 9110 section 13 is about. */
export type Validators = {
  /** Strong, with its quotes. */
  etag: string;
  /** Milliseconds UTC; null where nobody knows. */
  modifiedAt: number | null;
};

export type Conditional = "go_on" | "not_modified" | "failed";

type Header = (name: string) => string | undefined;

/** The conditions of a GET or HEAD in the order of RFC 9110, section 13.2.2. */
export function checkConditions(header: Header, { etag, modifiedAt }: Validators): Conditional {
  const ifMatch = header("if-match");
  if (ifMatch !== undefined) {
    if (!names(ifMatch, etag, "strong")) return "failed";
  } else if (isBefore(header("if-unmodified-since"), modifiedAt)) return "failed";

  const ifNoneMatch = header("if-none-match");
  if (ifNoneMatch !== undefined) return names(ifNoneMatch, etag, "weak") ? "not_modified" : "go_on";
  return isSince(header("if-modified-since"), modifiedAt) ? "not_modified" : "go_on";
}

/** Whether a Range may be served: If-Range is absent, or names exactly what is here (RFC 9110, section 13.1.5). */
export function rangeStillHolds(header: Header, { etag, modifiedAt }: Validators): boolean {
  const ifRange = header("if-range")?.trim();
  if (ifRange === undefined) return true;
  if (/^(W\/)?"/.test(ifRange)) return ifRange === etag;
  return modifiedAt !== null && Date.parse(ifRange) === toSeconds(modifiedAt);
}

/** Whether a list of entity tags contains `etag`; `*` names everything. Weak tags never match strongly. */
function names(list: string, etag: string, comparison: "strong" | "weak"): boolean {
  if (list.trim() === "*") return true;
  const tags = list.match(/(W\/)?"[^"]*"/g) ?? [];
  return tags.some((tag) => tag === etag || (comparison === "weak" && tag.replace(/^W\//, "") === etag));
}

function isBefore(date: string | undefined, modifiedAt: number | null): boolean {
  return date !== undefined && modifiedAt !== null && Date.parse(date) < toSeconds(modifiedAt);
}

function isSince(date: string | undefined, modifiedAt: number | null): boolean {
  return date !== undefined && modifiedAt !== null && Date.parse(date) >= toSeconds(modifiedAt);
}

/** HTTP dates have whole seconds. */
function toSeconds(ms: number): number {
  return Math.floor(ms / 1_000) * 1_000;
}
