/** Tells a poll which torrents were commanded while it was under way: what it saw of those may be older than the command. */
export interface Turns {
  now(): number;
  /** A command begins; the result ends it. */
  begin(hash: string): () => void;
  /** Whether a command was under way at any time since `began`. */
  isTouched(hash: string, began: number): boolean;
  /** No poll is left that began earlier. */
  forget(began: number): void;
}

export function createTurns(): Turns {
  let turn = 0;
  const busy = new Map<string, number>();
  const ended = new Map<string, number>();
  const end = (hash: string): void => {
    const left = (busy.get(hash) ?? 1) - 1;
    if (left === 0) busy.delete(hash);
    else busy.set(hash, left);
    turn += 1;
    ended.set(hash, turn);
  };
  return {
    now: () => turn,
    begin: (hash) => {
      busy.set(hash, (busy.get(hash) ?? 0) + 1);
      return () => end(hash);
    },
    isTouched: (hash, began) => busy.has(hash) || (ended.get(hash) ?? -1) > began,
    forget: (began) => {
      for (const [hash, at] of ended) if (at <= began) ended.delete(hash);
    },
  };
}
