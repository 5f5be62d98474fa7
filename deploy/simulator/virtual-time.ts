type Entry = { at: number; order: number; run: () => void | Promise<void> };

/** Time that passes only when nothing is left to do: one event after the other, in order. */
export class VirtualTime {
  #now: number;
  #order = 0;
  readonly #queue = new Map<number, Entry>();
  readonly #settled: () => Promise<void>;

  /** `settled` resolves when everything an event started has come to rest. */
  constructor(startAt: number, settled: () => Promise<void>) {
    this.#now = startAt;
    this.#settled = settled;
  }

  readonly now = (): number => this.#now;

  /** Calls `run` after `ms`; the returned function takes it back. */
  after(ms: number, run: () => void | Promise<void>): () => void {
    this.#order += 1;
    const order = this.#order;
    this.#queue.set(order, { at: this.#now + Math.max(0, Math.round(ms)), order, run });
    return () => this.#queue.delete(order);
  }

  /** Everybody's clock jumps at once; what was planned keeps its distance. */
  jump(ms: number): void {
    const whole = Math.round(ms);
    this.#now += whole;
    for (const entry of this.#queue.values()) entry.at += whole;
  }

  async runUntil(end: number, isOver: () => boolean = () => false): Promise<void> {
    for (let next = this.#first(end); next !== null && !isOver(); next = this.#first(end)) {
      this.#queue.delete(next.order);
      this.#now = Math.max(this.#now, next.at);
      await next.run();
      await this.#settled();
    }
  }

  #first(end: number): Entry | null {
    let first: Entry | null = null;
    for (const entry of this.#queue.values()) {
      if (entry.at > end) continue;
      if (first === null || entry.at < first.at || (entry.at === first.at && entry.order < first.order)) first = entry;
    }
    return first;
  }
}
