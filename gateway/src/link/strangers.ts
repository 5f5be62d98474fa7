/** Counts sockets that have not said who they are, per public address. */
export class Strangers {
  readonly #perNetworkMax: number;
  readonly #counts = new Map<string, number>();

  constructor(perNetworkMax: number) {
    this.#perNetworkMax = perNetworkMax;
  }

  /** Null when this address has too many already. The returned function ends the count and may be called repeatedly. */
  enter(network: string): (() => void) | null {
    const count = this.#counts.get(network) ?? 0;
    if (count >= this.#perNetworkMax) return null;
    this.#counts.set(network, count + 1);
    let isHere = true;
    return () => {
      if (isHere) this.#leave(network);
      isHere = false;
    };
  }

  #leave(network: string): void {
    const left = (this.#counts.get(network) ?? 0) - 1;
    // An address that left takes no memory.
    if (left > 0) this.#counts.set(network, left);
    else this.#counts.delete(network);
  }
}
