import type { CommandContext, StopSignal } from "./context.ts";

/** Ctrl-C reaches the agent twice when its parent passes it on as another signal … */
const OTHER_ECHO_MS = 1_000;
/** … and at once when a parent like npm hands on the same one. */
const SAME_ECHO_MS = 300;
const PARENT_LOOK_MS = 500;

export type StopRequest = { count: number; why: string };

/** Who wants the agent to stop, from the moment this is made until it is disposed of: signals, and the end of the parent. */
export interface StopRequests extends Disposable {
  /** What was asked so far. */
  readonly asked: StopRequest | null;
  /** Calls back with every request, and at once with one that has come already. The third ends the process by itself. */
  follow(listener: (request: StopRequest) => void): void;
}

export function watchStopRequests(context: CommandContext, stopsWithParent: boolean): StopRequests {
  const over = new AbortController();
  let asked: StopRequest | null = null;
  let listener: (request: StopRequest) => void = () => undefined;
  const stop = (why: string): void => {
    asked = { count: (asked?.count ?? 0) + 1, why };
    if (asked.count >= 3) context.exit(1);
    else listener(asked);
  };
  const forgetSignals = context.onStopSignal(withoutEchoes(context.now, stop));
  if (stopsWithParent) void watchParent(context, over.signal, () => stop("the parent process is gone"));
  return {
    get asked() {
      return asked;
    },
    follow(told) {
      listener = told;
      if (asked !== null) told(asked);
    },
    [Symbol.dispose]() {
      over.abort();
      forgetSignals();
    },
  };
}

/** Signals within a moment are one wish; the same one again a little later is impatience. */
function withoutEchoes(now: () => number, stop: (name: string) => void): (name: StopSignal) => void {
  let last: { name: StopSignal; at: number } | null = null;
  return (name) => {
    const echoMs = last?.name === name ? SAME_ECHO_MS : OTHER_ECHO_MS;
    if (last !== null && now() - last.at < echoMs) return;
    last = { name, at: now() };
    stop(name);
  };
}

/** npm's shell does not hand SIGTERM on; what it started sees only that its parent changed. */
async function watchParent({ parentId, sleep }: CommandContext, signal: AbortSignal, gone: () => void): Promise<void> {
  const parent = parentId();
  while (!signal.aborted) {
    await sleep(PARENT_LOOK_MS, signal);
    if (!signal.aborted && parentId() !== parent) return gone();
  }
}
