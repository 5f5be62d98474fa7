import type { Change, DownloadList } from "./download-list.ts";
import type { Changed } from "./messages.ts";
import { addressOf } from "./texts.ts";

export type WatchOptions = {
  list: Pick<DownloadList, "watch">;
  /** The least time between two messages about the same progress. */
  everyMs: number;
  push: (message: Changed) => void;
};

/** Pushes every change of the lists until the returned function is called; of progress only the newest, every so often. */
export function watchList({ list, everyMs, push }: WatchOptions): () => void {
  let timer: NodeJS.Timeout | null = null;
  let newest: Changed | null = null;

  const rest = (): void => {
    timer = newest === null ? null : setTimeout(rest, everyMs);
    if (newest !== null) push(newest);
    newest = null;
  };
  const forget = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    newest = null;
  };
  const unwatch = list.watch((change) => {
    if (change.kind === "loading" && timer !== null) {
      newest = toChanged(change);
      return;
    }
    // What comes after a change must not be followed by progress from before it.
    forget();
    push(toChanged(change));
    if (change.kind === "loading") timer = setTimeout(rest, everyMs);
  });
  return () => {
    unwatch();
    forget();
  };
}

function toChanged(change: Change): Changed {
  const { id, url } = change;
  const named = { type: "changed", id, url } as const;
  if (change.kind === "done") return { ...named, state: "done", bytes: change.bytes, address: addressOf(change.path) };
  if (change.kind === "failed") return { ...named, state: "failed", detail: change.detail };
  if (change.kind !== "loading") return { ...named, state: change.kind };
  const { bytes, total, connections } = change;
  return { ...named, state: "loading", bytes, total, connections };
}
