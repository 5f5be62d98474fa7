import { setTimeout as delay } from "node:timers/promises";

/** One event on its way; retries send the same again. */
export type Message = { id: string; body: string };

export type DeliveriesOptions = {
  /** Resolves to whether the message arrived. Never rejects, and ends soon after the signal. */
  attempt: (message: Message, signal: AbortSignal) => Promise<boolean>;
  /** The waits before the first retry, the second and so on; after the last one a message is given up. */
  retryMs: readonly number[];
  /** Of all messages under way; beyond it the oldest is given up. */
  waitingMax: number;
  onCrowded: () => void;
};

export interface Deliveries {
  add(message: Message): void;
  /** Ends every attempt and every wait. */
  close(): void;
}

type Waiting = { message: Message; attempts: number; givenUp: AbortController };

/** Delivers one message after the other. What fails stands aside for its wait, so that it holds nobody up, and comes back. */
export function createDeliveries({ attempt, retryMs, waitingMax, onCrowded }: DeliveriesOptions): Deliveries {
  const stop = new AbortController();
  const all = new Set<Waiting>();
  const due: Waiting[] = [];
  let isSending = false;

  const sendDue = async (): Promise<void> => {
    if (isSending) return;
    isSending = true;
    for (let one = due.shift(); one !== undefined; one = due.shift()) await send(one);
    isSending = false;
  };

  const send = async (one: Waiting): Promise<void> => {
    if (one.givenUp.signal.aborted || stop.signal.aborted) return;
    const hasArrived = await attempt(one.message, stop.signal);
    const waitMs = retryMs[one.attempts];
    one.attempts += 1;
    if (hasArrived || waitMs === undefined) all.delete(one);
    else void comeBack(one, waitMs);
  };

  /** Never rejects: an aborted wait is the end of the message. */
  const comeBack = async (one: Waiting, waitMs: number): Promise<void> => {
    const signal = AbortSignal.any([stop.signal, one.givenUp.signal]);
    const isOver = await delay(waitMs, false, { signal }).catch(() => true);
    if (isOver) return;
    due.push(one);
    await sendDue();
  };

  const giveUpOldest = (): void => {
    const [oldest] = all;
    if (oldest === undefined) return;
    all.delete(oldest);
    oldest.givenUp.abort();
    onCrowded();
  };

  return {
    add: (message) => {
      if (stop.signal.aborted) return;
      if (all.size >= waitingMax) giveUpOldest();
      const one = { message, attempts: 0, givenUp: new AbortController() };
      all.add(one);
      due.push(one);
      void sendDue();
    },
    close: () => {
      all.clear();
      due.length = 0;
      stop.abort();
    },
  };
}
