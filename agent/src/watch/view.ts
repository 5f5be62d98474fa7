import type { Seen } from "./client.ts";
import { type Change, compare, type Known } from "./compare.ts";
import { WatchError, type WatchEvent } from "./events.ts";
import { isFinished, type Torrent, toTorrent } from "./torrent.ts";
import { createTurns, type Turns } from "./turns.ts";

export type Command = "pause" | "resume" | "remove";

/** What is known of one server, and the events that every change of it makes. */
export interface View {
  turns: Turns;
  torrents(): Torrent[];
  find(hash: string): Torrent | null;
  /** Takes in what a poll saw that began at that turn. */
  saw(seen: readonly Seen[], began: number): void;
  /** Takes in that a poll failed: one error per outage, and nothing is lost by it. */
  isDown(error: unknown): void;
  /** Takes in that the server has obeyed. Gives the torrent as it is now, or was last. */
  commanded(command: Command, hash: string): Torrent;
  /** The events that lead from nothing to what is known now. */
  retell(): WatchEvent[];
}

export type ViewOptions = { name: string; emit: (happened: WatchEvent) => void };

export function createView({ name, emit }: ViewOptions): View {
  const known = new Map<string, Known>();
  const faults = new Map<string, WatchError>();
  const turns = createTurns();
  let outage: WatchError | null = null;
  const torrentOf = ({ facts, playing }: Known): Torrent => toTorrent(name, facts, playing);
  const say = (one: Known, change: Change): void => emit(toEvent(torrentOf(one), change));

  const failed = (hash: string, error: unknown): void => {
    if (faults.has(hash)) return;
    const fault = new WatchError(`Cannot read torrent ${hash}: ${messageOf(error)}`, { server: name, hash, error });
    faults.set(hash, fault);
    emit({ event: "error", error: fault });
  };

  const take = (one: Seen): void => {
    if ("error" in one) {
      failed(one.hash, one.error);
      return;
    }
    faults.delete(one.hash);
    const { now, changes } = compare(known.get(one.hash), one.facts);
    known.set(one.hash, now);
    for (const change of changes) say(now, change);
  };

  const forget = (hash: string): void => {
    const last = known.get(hash);
    known.delete(hash);
    faults.delete(hash);
    if (last !== undefined) emit({ event: "removed", torrent: torrentOf(last) });
  };

  return {
    turns,
    torrents: () => [...known.values()].map(torrentOf),
    find: (hash) => {
      const one = known.get(hash);
      return one === undefined ? null : torrentOf(one);
    },
    saw: (seen, began) => {
      // Right after a restart a server may not list everything yet.
      const mayForget = outage === null;
      outage = null;
      const hashes = new Set(seen.map(({ hash }) => hash));
      for (const one of seen) if (!turns.isTouched(one.hash, began)) take(one);
      const gone = [...known.keys(), ...faults.keys()].filter((hash) => !hashes.has(hash));
      for (const hash of mayForget ? gone : []) if (!turns.isTouched(hash, began)) forget(hash);
      turns.forget(began);
    },
    isDown: (error) => {
      if (outage !== null) return;
      outage = new WatchError(`Server ${name} does not answer: ${messageOf(error)}`, { server: name, error });
      emit({ event: "error", error: outage });
    },
    commanded: (command, hash) => {
      const one = known.get(hash);
      if (one === undefined) throw new Error("Torrent does not exists");
      if (command === "remove") {
        forget(hash);
        return torrentOf(one);
      }
      const now: Known = { ...one, playing: false, facts: { ...one.facts, active: command === "resume" } };
      known.set(hash, now);
      say(now, { event: command === "resume" ? "resumed" : "paused" });
      return torrentOf(now);
    },
    retell: () => [
      ...[...known.values()].flatMap((one): WatchEvent[] => {
        const torrent = torrentOf(one);
        const added: WatchEvent = { event: "added", torrent };
        return isFinished(one.facts) ? [added, { event: "finished", torrent }] : [added];
      }),
      ...[...faults.values(), ...(outage === null ? [] : [outage])].map(
        (error): WatchEvent => ({ event: "error", error }),
      ),
    ],
  };
}

function toEvent(torrent: Torrent, { event, diff }: Change): WatchEvent {
  return event === "updated" ? { event, torrent, diff } : { event, torrent };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
