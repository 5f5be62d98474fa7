import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Engine, FetchOutcome, FetchRequest } from "../src/engine/engine.ts";

export type FakeEngine = Engine & {
  /** Requests in their order, with how each ended. */
  readonly fetched: { request: FetchRequest; outcome: FetchOutcome["kind"] | null }[];
  /** Lets the oldest fetch that still waits end. */
  release(outcome?: "ok" | FetchOutcome): void;
};

/** An engine in the test's hand: it writes one file and waits until it is released or stopped. */
export function fakeEngine({ waits = true }: { waits?: boolean } = {}): FakeEngine {
  const fetched: FakeEngine["fetched"] = [];
  const waiting: ((outcome: "ok" | FetchOutcome) => void)[] = [];

  async function fetch(request: FetchRequest): Promise<FetchOutcome> {
    const entry: FakeEngine["fetched"][number] = { request, outcome: null };
    // Before the test can see the request: a release must find somebody who waits.
    const released = waits ? ending(request.signal) : Promise.resolve("ok" as const);
    fetched.push(entry);
    const root = join(request.folder, "mod");
    await mkdir(root, { recursive: true });
    await writeFile(join(root, "about.txt"), "A mod\n");
    request.onProgress({ bytes: 6, total: 12 });
    const ended = await released;
    const outcome: FetchOutcome =
      ended === "ok" ? { kind: "fetched", root, fetched: { tool: "fake 1", manifest: "42" } } : ended;
    entry.outcome = outcome.kind;
    return outcome;
  }

  function ending(signal: AbortSignal): Promise<"ok" | FetchOutcome> {
    const { promise, resolve } = Promise.withResolvers<"ok" | FetchOutcome>();
    waiting.push(resolve);
    const cancel = (): void => resolve({ kind: "cancelled" });
    if (signal.aborted) cancel();
    else signal.addEventListener("abort", cancel, { once: true });
    return promise;
  }

  return {
    kind: "workshop",
    check: async () => ({ ok: true, version: "fake 1" }),
    fetch,
    fetched,
    release: (outcome = "ok") => waiting.shift()?.(outcome),
  };
}
