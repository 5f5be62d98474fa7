import { once } from "node:events";
import fc, { type Scheduler } from "fast-check";
import { expect, test } from "vitest";
import type { Client, Seen } from "./client.ts";
import type { WatchEvent } from "./events.ts";
import { createServer, type Server } from "./server.ts";
import type { Facts } from "./torrent.ts";
import type { Command } from "./view.ts";

const aFact = (hash: string): Facts => ({
  hash,
  name: hash,
  active: true,
  downloaded: 0,
  uploaded: 0,
  length: 3,
  path: "",
  extra: {},
  files: [],
});

/** A torrent server in memory whose answers take as long as the scheduler likes: what was seen is old when it arrives. */
function slowClient(scheduler: Scheduler) {
  const torrents = new Map<string, Facts>();
  /** What really happened, as often as it did. */
  const erased = new Set<string>();
  const happened = { added: 0, removed: 0, switched: 0 };
  let isUp = true;
  const change = async (hash: string, work: (facts: Facts) => void): Promise<void> => {
    await scheduler.schedule(Promise.resolve(), "asked");
    const facts = torrents.get(hash);
    if (!isUp || facts === undefined) throw new Error("No");
    work(facts);
    await scheduler.schedule(Promise.resolve(), "answered");
  };
  const turn = (facts: Facts, active: boolean): void => {
    facts.active = active;
    happened.switched += 1;
  };
  const client: Client = {
    greet: async () => "a model",
    poll: async () => {
      await scheduler.schedule(Promise.resolve(), "poll asked");
      if (!isUp) throw new Error("Down");
      const seen: Seen[] = [...torrents.values()].map((facts) => ({ hash: facts.hash, facts: { ...facts } }));
      await scheduler.schedule(Promise.resolve(), "poll answered");
      return seen;
    },
    pause: (hash) => change(hash, (facts) => turn(facts, false)),
    resume: (hash) => change(hash, (facts) => turn(facts, true)),
    remove: (hash) => change(hash, () => outside.erase(hash)),
    load: async () => false,
  };
  const outside = {
    add: (hash: string): void => {
      if (torrents.has(hash)) return;
      torrents.set(hash, aFact(hash));
      happened.added += 1;
      // What went and came back between two polls looks as if it had been switched on.
      if (erased.has(hash)) happened.switched += 1;
    },
    erase: (hash: string): void => {
      if (!torrents.delete(hash)) return;
      erased.add(hash);
      happened.removed += 1;
    },
    stop: (hash: string): void => {
      const facts = torrents.get(hash);
      if (facts?.active === true) turn(facts, false);
    },
    work: (hash: string): void => {
      const facts = torrents.get(hash);
      if (facts !== undefined) facts.downloaded = Math.min(facts.downloaded + 1, facts.length);
    },
    down: (): void => {
      isUp = false;
    },
    up: (): void => {
      isUp = true;
    },
  };
  return { client, torrents, happened, outside };
}

/** What somebody who believes the events thinks is there; notes what cannot be. */
function believer() {
  const believed = new Map<string, Shown & { finished: number }>();
  const wrong: string[] = [];
  const said = { added: 0, removed: 0, switched: 0 };
  const hear = (happened: WatchEvent): void => {
    if (happened.event === "added" || happened.event === "removed") said[happened.event] += 1;
    if (happened.event === "paused" || happened.event === "resumed") said.switched += 1;
    if (happened.event === "error") return;
    const { hash, active, downloaded } = happened.torrent;
    const known = believed.get(hash);
    if ((known === undefined) !== (happened.event === "added")) wrong.push(`${happened.event} of ${hash}`);
    if (happened.event === "removed") return void believed.delete(hash);
    const finished = (known?.finished ?? 0) + (happened.event === "finished" ? 1 : 0);
    if (finished > 1) wrong.push(`finished ${hash} twice`);
    believed.set(hash, { hash, active, downloaded, finished });
  };
  return { believed, wrong, said, hear };
}

type World = ReturnType<typeof slowClient>;

const OUTSIDE = ["add", "erase", "stop", "work", "down", "up"] as const satisfies (keyof World["outside"])[];
const COMMANDS = ["pause", "resume", "remove"] as const satisfies Command[];
const hash = fc.constantFrom("A", "B");
const step = fc.oneof(
  fc.record({ by: fc.constant("world" as const), what: fc.constantFrom(...OUTSIDE), hash }),
  fc.record({ by: fc.constant("us" as const), what: fc.constantFrom(...COMMANDS), hash }),
  fc.record({ by: fc.constant("poll" as const) }),
  fc.record({ by: fc.constant("time" as const) }),
  fc.record({ by: fc.constant("time" as const) }),
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** Begins with two torrents that are known, does what the steps say, then waits until everything is answered and every outage over. */
async function play(steps: readonly Step[], { outside }: World, server: Server, scheduler: Scheduler): Promise<void> {
  for (const known of ["A", "B"]) outside.add(known);
  await scheduler.waitFor(server.poll());
  const commands: Promise<unknown>[] = [];
  for (const one of steps) {
    if (one.by === "world") outside[one.what](one.hash);
    else if (one.by === "us") commands.push(server.command(one.what, one.hash).catch(() => undefined));
    else if (one.by === "poll") commands.push(server.poll());
    else {
      // Lets what was just begun reach the server first.
      await new Promise((resolve) => setImmediate(resolve));
      await scheduler.waitNext(Math.min(1, scheduler.count()));
    }
  }
  outside.up();
  // The first poll may be an old one, and the one after an outage takes nothing away.
  await scheduler.waitFor(Promise.all(commands));
  await scheduler.waitFor(Promise.all([server.poll(), server.poll(), server.poll()]));
}

test("createServer() tells a story that holds together, however polls, commands and the world interleave", async () => {
  const property = fc.asyncProperty(fc.scheduler(), fc.array(step, { maxLength: 30 }), async (scheduler, steps) => {
    const world = slowClient(scheduler);
    const { believed, wrong, said, hear } = believer();
    const { signal } = new AbortController();
    const server = createServer({ name: "S", client: world.client, intervalMs: 1, emit: hear, signal });

    await play(steps, world, server, scheduler);

    expect(wrong).toEqual([]);
    expect(shown(believed.values())).toEqual(shown(world.torrents.values()));
    // Nothing is told that did not happen; what came and went between two polls may stay untold.
    expect(said.added).toBeLessThanOrEqual(world.happened.added);
    expect(said.removed).toBeLessThanOrEqual(world.happened.removed);
    expect(said.switched).toBeLessThanOrEqual(world.happened.switched);
  });

  await fc.assert(property, { numRuns: 1_000 });
});

const idle = async (): Promise<void> => undefined;
const idleClient: Client = {
  ...{ greet: async () => "nobody", poll: async () => [], load: async () => false },
  ...{ pause: idle, resume: idle, remove: idle },
};

test("poll() gives a server up that answers each question slowly, and goes on where it was", async () => {
  const asked: string[] = [];
  const heard: string[] = [];
  const client: Client = {
    ...idleClient,
    poll: async (signal) => {
      asked.push("poll");
      if (asked.length > 1) return [{ hash: "A", facts: aFact("A") }];
      await once(signal, "abort");
      throw signal.reason;
    },
  };
  const { signal } = new AbortController();
  const emit = ({ event }: WatchEvent): void => void heard.push(event);
  const server = createServer({ name: "S", client, intervalMs: 1, emit, signal, pollMsMax: 10 });

  await server.poll();
  await server.poll();

  expect(heard).toEqual(["error", "added"]);
});

type Shown = Pick<Facts, "hash" | "active" | "downloaded">;

const shown = (torrents: Iterable<Shown>): string[] =>
  [...torrents].map(({ hash, active, downloaded }) => `${hash} ${active} ${downloaded}`).toSorted();
