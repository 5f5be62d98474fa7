import type { CommandContext } from "../context.ts";
import { INTERRUPTED } from "./result.ts";

/** Ctrl-C reaches a program that npm started twice: from the terminal, and handed on. */
const ECHO_MS = 300;
const PARENT_LOOK_MS = 500;

type Around = Pick<CommandContext, "onStopSignal" | "now" | "exit" | "env" | "parentId">;

/**
 * Ctrl-C, SIGTERM, and the end of the npm that started this: the first aborts `signal`, once they are watched for. The second ends
 * the process at once, and everything that it started.
 */
export function interruptedBy(context: Around): { signal: AbortSignal; watchInterrupts: () => void } {
  const interrupted = new AbortController();
  let isWatched = false;
  let last = Number.NEGATIVE_INFINITY;
  const stop = (): void => {
    if (context.now() - last < ECHO_MS) return;
    last = context.now();
    if (interrupted.signal.aborted) context.exit(INTERRUPTED.exit);
    interrupted.abort();
  };
  return {
    signal: interrupted.signal,
    watchInterrupts() {
      if (isWatched) return;
      isWatched = true;
      context.onStopSignal(stop);
      if (context.env["npm_lifecycle_event"] !== undefined) watchParent(context, interrupted);
    },
  };
}

/** npm's shell does not hand SIGTERM on; what it started sees only that its parent changed. Keeps no process running. */
function watchParent({ parentId }: Around, interrupted: AbortController): void {
  const parent = parentId();
  const look = setInterval(() => {
    if (parentId() !== parent) interrupted.abort();
  }, PARENT_LOOK_MS).unref();
  interrupted.signal.addEventListener("abort", () => clearInterval(look), { once: true });
}
