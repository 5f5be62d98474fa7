/** Resolves after `ms` and rejects when `signal` aborts. `setTimeout` of `node:timers/promises` behind one signature. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;
