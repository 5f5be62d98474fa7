/**
 * Answers from `read`, never from one that began before the question: whoever asks while one is under way shares the
 * next, so at most two are open however many ask.
 */
export function shareReads<Value>(read: () => Promise<Value>): () => Promise<Value> {
  let current: Promise<unknown> | null = null;
  let next: Promise<Value> | null = null;

  const start = (): Promise<Value> => {
    const reading = read();
    const ended = reading.then(
      () => {},
      // Whoever asked hears of the failure; the next read is a new try.
      () => {},
    );
    current = ended;
    void ended.then(() => {
      if (current === ended) current = null;
    });
    return reading;
  };

  return () => {
    if (current === null) return start();
    next ??= current.then(() => {
      next = null;
      return start();
    });
    return next;
  };
}
