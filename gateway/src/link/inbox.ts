export type InboxOptions<Item> = {
  handle: (item: Item) => Promise<void>;
  /** An item whose handling threw; the items after it are handled all the same. */
  failed: (error: unknown, item: Item) => void;
  itemsMax: number;
};

/** Items of one socket, handled strictly one after the other in the order they came. Bounded: `push` may refuse. */
export class Inbox<Item> {
  readonly #options: InboxOptions<Item>;
  #waiting: Item[] = [];
  #busy = false;

  constructor(options: InboxOptions<Item>) {
    this.#options = options;
  }

  /** False when too much waits already; the item is dropped then. */
  push(item: Item): boolean {
    if (this.#waiting.length >= this.#options.itemsMax) return false;
    this.#waiting.push(item);
    // `#work` catches whatever a handler throws.
    if (!this.#busy) void this.#work();
    return true;
  }

  /** Drops what waits; an item that is being handled is not interrupted. */
  clear(): void {
    this.#waiting = [];
  }

  async #work(): Promise<void> {
    this.#busy = true;
    for (let item = this.#waiting.shift(); item !== undefined; item = this.#waiting.shift()) {
      try {
        await this.#options.handle(item);
      } catch (error) {
        this.#options.failed(error, item);
      }
    }
    this.#busy = false;
  }
}
