/** How an address is tried. `tries`: so far, without a single handshake. */
export type Attempt = { tries: number; over: "tcp" | "utp"; isSecure: boolean; isReached: boolean };

/** What is remembered of addresses until somebody there has greeted us. */
export interface Attempts {
  /** How to try an address now; null once it has been tried often enough. */
  next(address: string, way: { first: "tcp" | "utp"; canUtp: boolean }): Attempt | null;
  /** It is tried so. The longest known address makes room for a new one. */
  note(address: string, attempt: Attempt): void;
  /** Somebody names it, and it may be tried as often again; how it was tried last still counts. */
  renew(address: string): void;
  forget(address: string): void;
  /** It is not tried any more until somebody names it again. */
  giveUp(address: string): void;
}

export function createAttempts({ triesMax, addressesMax }: { triesMax: number; addressesMax: number }): Attempts {
  const attempts = new Map<string, Attempt>();
  return {
    next(address, { first, canUtp }) {
      const last = attempts.get(address);
      if (last === undefined) return { tries: 1, over: first, isSecure: false, isReached: false };
      return last.tries >= triesMax ? null : after(last, canUtp);
    },
    note(address, attempt) {
      attempts.set(address, attempt);
      const [oldest] = attempts.size > addressesMax ? attempts.keys() : [];
      if (oldest !== undefined) attempts.delete(oldest);
    },
    renew(address) {
      const last = attempts.get(address);
      if (last !== undefined) last.tries = 0;
    },
    forget: (address) => void attempts.delete(address),
    giveUp: (address) => {
      attempts.set(address, { tries: triesMax, over: "tcp", isSecure: false, isReached: false });
    },
  };
}

/** Who took the connection and said nothing wants it encrypted, or bears no encryption; who did not take it may speak the other one. */
function after({ tries, over, isSecure, isReached }: Attempt, canUtp: boolean): Attempt {
  const next = { tries: tries + 1, isReached: false };
  if (isReached && !isSecure) return { ...next, over, isSecure: true };
  return { ...next, over: canUtp && over === "tcp" ? "utp" : "tcp", isSecure: false };
}
