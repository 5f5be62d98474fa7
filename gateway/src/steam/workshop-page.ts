import type { ModId } from "@modfleet/protocol";
import { failure, type Outcome, type Reader } from "./fetch-call.ts";
import { type PageScan, PageScanner } from "./page-scan.ts";

/** An item's Workshop page; `absent` when Steam shows none to strangers. */
export type WorkshopPage =
  | { kind: "found"; dependencies: readonly ModId[]; screenshots: readonly string[] }
  | { kind: "absent" };

const ABSENT: Outcome<WorkshopPage> = { ok: true, body: { kind: "absent" } };

/** Reads a Workshop page. The statuses are not to be relied on: errors and throttling come with 200, too. */
export const readWorkshopPage: Reader<WorkshopPage> = {
  accept: "text/html",
  // Several times what a page with many comments has.
  bytesMax: 2 * 1024 * 1024,
  types: /^(text\/html|application\/xhtml\+xml)\b/i,
  fromHead({ status, headers }) {
    if (status === 404 || status === 410) return ABSENT;
    if (status < 300 || status > 399) return null;
    const isLogin = /\/(login|openid|agecheck)\b/i.test(headers.get("location") ?? "");
    return isLogin ? ABSENT : failure("refused", `Status ${status}`);
  },
  start() {
    const scanner = new PageScanner();
    return { write: (html) => scanner.write(html), end: () => verdictOn(scanner.end()) };
  },
};

function verdictOn(scan: PageScan): Outcome<WorkshopPage> {
  if (scan.isTooDeep) return failure("refused", "Nested too deeply");
  // Beyond its limit Steam also sends nothing at all.
  if (scan.isEmpty) return failure("throttled", "An empty page");
  if (scan.isItem) return found(scan);
  if (/too many requests/i.test(`${scan.title} ${scan.text}`)) return failure("throttled", "Too many requests");
  if (scan.isGate) return ABSENT;
  if (/problem accessing the item|item does not exist/i.test(scan.text)) return ABSENT;
  return /^Steam Workshop\b/i.test(scan.title)
    ? found(scan)
    : failure("broken", `Not an item: ${scan.title.slice(0, 80)}`);
}

function found({ dependencies, screenshots }: PageScan): Outcome<WorkshopPage> {
  return { ok: true, body: { kind: "found", dependencies: [...dependencies], screenshots: [...screenshots] } };
}
