/** A right to be connected to one host. Not more than one request goes over it at a time. */
export type Seat = {
  /** Gives the old host's seat back and waits for one at `host`; where it is there already, nothing happens. */
  moveTo(host: string, signal: AbortSignal): Promise<void>;
  leave(): void;
};

export type HostSeats = { take(host: string, max: number, signal: AbortSignal): Promise<Seat> };

/** Counts the connections to each host; whoever comes when all are taken waits in line. */
export function createHostSeats(): HostSeats {
  const hosts = new Map<string, { taken: number; waiting: Set<() => void> }>();

  const enter = async (name: string, max: number, signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    const host = hosts.get(name) ?? { taken: 0, waiting: new Set<() => void>() };
    hosts.set(name, host);
    if (host.taken < max) {
      host.taken += 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const stop = () => {
        host.waiting.delete(called);
        reject(signal.reason);
      };
      const called = () => {
        signal.removeEventListener("abort", stop);
        resolve();
      };
      host.waiting.add(called);
      signal.addEventListener("abort", stop, { once: true });
    });
  };
  const exit = (name: string): void => {
    const host = hosts.get(name);
    if (host === undefined) return;
    const [next] = host.waiting;
    if (next !== undefined) {
      // The seat goes from hand to hand, so that nobody overtakes the line.
      host.waiting.delete(next);
      next();
    } else {
      host.taken -= 1;
      if (host.taken === 0) hosts.delete(name);
    }
  };

  return {
    async take(host, max, signal) {
      await enter(host, max, signal);
      let at: string | null = host;
      const leave = (): void => {
        if (at !== null) exit(at);
        at = null;
      };
      return {
        leave,
        async moveTo(next, moveSignal) {
          if (at === next) return;
          leave();
          await enter(next, max, moveSignal);
          at = next;
        },
      };
    },
  };
}

/** One count for the whole process: a host does not care which of our jobs, doors or engines asks it. */
export const processSeats: HostSeats = createHostSeats();
