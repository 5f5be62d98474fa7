import type { JobRef, Limits } from "@modfleet/protocol";

type Rules = Pick<Limits, "offerMs" | "declinesInARowMax">;

/**
 * How many offers one agent may still get. `ready` sets it absolutely, every offer takes one away. An offer that is still
 * unanswered when `ready` comes was on its way meanwhile, so it counts against the new number: never more offers open than
 * slots. Three declined or unanswered offers in a row end the offers until the next `ready`.
 */
export class Credits {
  readonly #rules: Rules;
  #slots: number;
  #free = 0;
  #fruitless = 0;
  /** Open offers and when each was told, oldest first. */
  #open: { key: string; toldAt: number }[] = [];

  constructor(slots: number, rules: Rules) {
    this.#slots = slots;
    this.#rules = rules;
  }

  get slots(): number {
    return this.#slots;
  }

  get free(): number {
    return this.#fruitless >= this.#rules.declinesInARowMax ? 0 : Math.min(this.#free, this.#slots);
  }

  /** The most jobs this agent may hold, when an operator changes it while the agent is connected. */
  limit(slots: number): void {
    this.#slots = slots;
  }

  ready(slots: number): void {
    this.#free = Math.max(0, Math.min(slots, this.#slots) - this.#open.length);
    if (this.#fruitless >= this.#rules.declinesInARowMax) this.#fruitless = 0;
  }

  offered(offer: JobRef, now: number): void {
    this.#free = Math.max(0, this.#free - 1);
    this.#open.push({ key: keyOf(offer), toldAt: now });
  }

  accepted(offer: JobRef): void {
    if (this.#close(offer)) this.#fruitless = 0;
  }

  /** A declined offer gives its slot back, so that the next job can come without a new `ready`. */
  declined(offer: JobRef): void {
    if (!this.#close(offer)) return;
    this.#free += 1;
    this.#fruitless += 1;
  }

  /** Forgets offers that ran out unanswered; true when slots came free by it. */
  expire(now: number): boolean {
    // A clock that was set back must not keep a slot taken.
    const alive = this.#open.filter(({ toldAt }) => Math.abs(now - toldAt) < this.#rules.offerMs);
    const expired = this.#open.length - alive.length;
    if (expired === 0) return false;
    this.#open = alive;
    this.#free += expired;
    this.#fruitless += expired;
    return this.free > 0;
  }

  #close(offer: JobRef): boolean {
    const at = this.#open.findIndex(({ key }) => key === keyOf(offer));
    if (at === -1) return false;
    this.#open.splice(at, 1);
    return true;
  }
}

const keyOf = ({ job, epoch }: JobRef): string => `${job}:${epoch}`;
