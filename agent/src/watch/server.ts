import { setTimeout as delay } from "node:timers/promises";
import { deadline } from "../engine/deadline.ts";
import type { Client, Load } from "./client.ts";
import type { WatchEvent } from "./events.ts";
import type { Torrent } from "./torrent.ts";
import { type Command, createView, type View } from "./view.ts";

export type ServerOptions = {
  name: string;
  client: Client;
  /** From the end of a poll to the beginning of the next. */
  intervalMs: number;
  emit: (happened: WatchEvent) => void;
  /** After this time a poll is given up, however many of its questions were answered; the server counts as down. */
  pollMsMax?: number;
  /** Ends the watch and everything that it waits for. */
  signal: AbortSignal;
};

/** One watched server: what it was last seen to have, and the commands that change it. */
export interface Server {
  readonly name: string;
  torrents(): Torrent[];
  find(hash: string): Torrent | null;
  /** Rejects when the hash is unknown or the server refuses; the event comes before it resolves. Those of one hash keep their order. */
  command(command: Command, hash: string): Promise<Torrent>;
  load(what: Load): Promise<boolean>;
  /** Looks at the server now; one poll at a time. Never rejects: an outage is an event. */
  poll(): Promise<void>;
  /** Polls for ever, first after an interval; resolves after the signal. */
  run(): Promise<void>;
  /** The events that lead from nothing to what is known now. */
  retell(): WatchEvent[];
}

const POLL_MS_MAX = 60_000;

/** A watch over one server that has not begun. */
export function createServer(options: ServerOptions): Server {
  const { name, client, intervalMs, signal } = options;
  const view = createView(options);
  const inOrder = createLanes();
  let polling = Promise.resolve();
  const poll = (): Promise<void> => {
    polling = polling.then(() => pollOnce(view, options));
    return polling;
  };
  return {
    name,
    torrents: view.torrents,
    find: view.find,
    command: async (command, hash) => {
      if (view.find(hash) === null) throw new Error("Torrent does not exists");
      const done = view.turns.begin(hash);
      try {
        return await inOrder(hash, async () => {
          await client[command](hash, signal);
          return view.commanded(command, hash);
        });
      } finally {
        done();
      }
    },
    load: (what) => client.load(what, signal),
    poll,
    run: async () => {
      while (!signal.aborted) {
        await delay(intervalMs, undefined, { signal }).catch(() => undefined);
        await poll();
      }
    },
    retell: view.retell,
  };
}

/** What is done under one name is done one after the other: two commands that overtake each other leave nobody knowing which won. */
function createLanes(): <Result>(name: string, work: () => Promise<Result>) => Promise<Result> {
  const lanes = new Map<string, Promise<unknown>>();
  return async (name, work) => {
    const before = lanes.get(name) ?? Promise.resolve();
    const result = before.then(work);
    // The next one waits for the end of this one, good or bad.
    const end = result.catch(() => undefined);
    lanes.set(name, end);
    try {
      return await result;
    } finally {
      if (lanes.get(name) === end) lanes.delete(name);
    }
  };
}

async function pollOnce(view: View, { client, signal, pollMsMax = POLL_MS_MAX }: ServerOptions): Promise<void> {
  if (signal.aborted) return;
  const began = view.turns.now();
  using limit = deadline(signal, pollMsMax);
  try {
    const seen = await client.poll(limit.signal);
    if (!signal.aborted) view.saw(seen, began);
  } catch (error) {
    if (!signal.aborted) view.isDown(error);
  }
}
