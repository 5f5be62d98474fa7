/** Whoever hashes what lies on disk; the others wait in line, each with pieces of its own in memory only when it is its turn. */
export type CheckQueue = {
  /** Calls `check` with what it has to call when it has ended. */
  enter(check: (leave: () => void) => void): void;
};

export function createCheckQueue(max: number): CheckQueue {
  const waiting: ((leave: () => void) => void)[] = [];
  let busy = 0;
  const begin = (check: (leave: () => void) => void): void => {
    busy += 1;
    let hasLeft = false;
    check(() => {
      if (hasLeft) return;
      hasLeft = true;
      busy -= 1;
      const next = waiting.shift();
      if (next !== undefined) begin(next);
    });
  };
  return {
    enter(check) {
      if (busy < max) begin(check);
      else waiting.push(check);
    },
  };
}
