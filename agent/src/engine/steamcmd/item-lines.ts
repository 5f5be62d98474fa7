/** What SteamCMD said about one item. `reason` is the text in the parentheses, usually that of an EResult. */
export type ItemVerdict =
  | { kind: "success"; path: string; bytes: number }
  | { kind: "timeout" }
  | { kind: "failed"; reason: string };

/** Longest line that a verdict can stand in: two words, an id and a path. */
const OVERLAP = 8 * 1024;

// biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal's escape sequences are what this removes
const ANSI = /\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))/g;

/** Removes what a pseudo-terminal adds: colours, cursor movements, window titles. */
export function withoutAnsi(text: string): string {
  return text.replaceAll(ANSI, "");
}

/**
 * The three sentences that carry a verdict. Spaces vary between years, newlines are missing at will, and the id of a timeout is
 * glued to whatever comes next, so nothing here is anchored to a line. Repetitions are bounded: hostile output must not cost
 * the square of its length.
 */
const VERDICT = new RegExp(
  [
    String.raw`Success[.!]\s+Downloaded\s+item\s+(?<done>\d+)\s+to\s+"(?<path>[^\r\n]{1,4096}?)"\s*\((?<bytes>\d+)\s+bytes?`,
    String.raw`ERROR!\s+Download\s+item\s+(?<failed>\d+)\s+failed\s+\((?<reason>[^)\r\n]{0,200})\)`,
    String.raw`ERROR!\s+Timeout\s+downloading\s+item\s+(?<late>\d+)`,
  ].join("|"),
  "g",
);

/** Reads a stream of output for the verdicts of the asked items; memory does not grow with the output. */
export type ItemScanner = {
  push(chunk: string): void;
  /** The verdicts so far; after the last chunk, with `ended`, also one that touches the very end. */
  verdicts(ended: boolean): ReadonlyMap<string, ItemVerdict>;
};

/** The last verdict of an item wins, because one run may try it twice. Ids that were not asked for are ignored. */
export function createItemScanner(asked: readonly string[]): ItemScanner {
  const found = new Map<string, ItemVerdict>();
  let carried = "";

  const scan = (text: string, ended: boolean) => {
    for (const match of withoutAnsi(text).matchAll(VERDICT)) {
      const { done, failed, late } = match.groups ?? {};
      // More digits may follow in the next chunk; the overlap shows this one again.
      if (late !== undefined && !ended && match.index + match[0].length === match.input.length) continue;
      const item = late === undefined ? exactly(done ?? failed, asked) : glued(late, asked);
      if (item !== null) found.set(item, toVerdict(match.groups ?? {}));
    }
  };

  return {
    push(chunk) {
      const text = carried + chunk;
      scan(text, false);
      carried = text.slice(-OVERLAP);
    },
    verdicts(ended) {
      if (ended) scan(carried, true);
      return found;
    },
  };
}

function toVerdict({ done, failed, path, bytes, reason }: Record<string, string>): ItemVerdict {
  if (done !== undefined) return { kind: "success", path: path ?? "", bytes: Number(bytes) };
  return failed !== undefined ? { kind: "failed", reason: (reason ?? "").trim() } : { kind: "timeout" };
}

const exactly = (id: string | undefined, asked: readonly string[]): string | null =>
  id !== undefined && asked.includes(id) ? id : null;

/** A timeout's id has no end of its own: digits of the next message may stick to it, so the longest asked id that fits wins. */
function glued(digits: string, asked: readonly string[]): string | null {
  const fitting = asked.filter((id) => digits.startsWith(id)).toSorted((a, b) => b.length - a.length);
  return fitting[0] ?? null;
}
