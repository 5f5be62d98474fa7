import type { Refused, Verdict } from "./check.ts";
import type { Frame } from "./conversation.ts";
import type { Wanted } from "./lists.ts";

export type BatchParts = {
  /** Does not reject. */
  check: (frame: Frame) => Promise<Verdict>;
  /** Gives a client the answer to a URL that was not accepted. Does not reject. */
  refuse: (verdict: Refused) => Promise<void>;
};

/** So many URLs of a batch are looked at at a time; the next frame waits. */
const UNANSWERED_MAX = 8;
/** More URLs do not fit into one batch. */
export const BATCH_MAX = 10_000;

/** The URLs between `start` and `end` of one client. They are looked at side by side and answered in their order. */
export class Batch {
  readonly #parts: BatchParts;
  readonly #accepted: Wanted[] = [];
  readonly #unanswered = new Set<Promise<void>>();
  #last: Promise<void> = Promise.resolve();

  constructor(parts: BatchParts) {
    this.#parts = parts;
  }

  /** Takes one frame; resolves as soon as there is room for the next. */
  async add(frame: Frame): Promise<void> {
    const answered = this.#answer(frame, this.#last).finally(() => this.#unanswered.delete(answered));
    this.#last = answered;
    this.#unanswered.add(answered);
    if (this.#unanswered.size >= UNANSWERED_MAX) await Promise.race(this.#unanswered);
  }

  /** Every URL that was accepted, once all are answered. */
  async finished(): Promise<readonly Wanted[]> {
    await this.#last;
    return this.#accepted;
  }

  async #answer(frame: Frame, previous: Promise<void>): Promise<void> {
    const found = await this.#parts.check(frame);
    await previous;
    const verdict: Verdict = this.#accepted.length >= BATCH_MAX ? { kind: "full" } : found;
    if (verdict.kind !== "accepted") await this.#parts.refuse(verdict);
    else if (frame !== null) this.#accepted.push({ url: frame, total: verdict.total });
  }
}
