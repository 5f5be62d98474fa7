import { type Listener, serverOf, tell, type WatchEvent } from "./events.ts";
import { safely } from "./safely.ts";

/** Somebody who hears events: all, or those of one server. */
type Ear = { server: string | null; hear: (happened: WatchEvent) => unknown };

export type HubOptions = {
  /** What somebody who has heard nothing yet must be told of a server as it is now. */
  retell: (server: string) => WatchEvent[];
  servers: () => string[];
  onListenerError: (error: unknown) => void;
};

export interface Hub {
  emit(happened: WatchEvent): void;
  /** A server begins: whoever listens to all hears it from now on. */
  opened(server: string): void;
  addListener(listener: Listener, server: string | null): void;
  removeListener(listener: Listener): void;
  /** For what is no listener but hears too; the result takes it off again. */
  addEar(ear: Ear): () => void;
  close(): void;
}

/**
 * Hands events on. What happens on a server before anybody listens to it is kept as its state: the first who listens is told of
 * all that is there, after the code that attached it has run, so that others who attach beside it hear it as well.
 */
export function createHub({ retell, servers, onListenerError }: HubOptions): Hub {
  const listeners = new Map<Listener, Ear[]>();
  const others = new Set<Ear>();
  const live = new Set<string>();
  const waiting = new Map<string, NodeJS.Immediate>();

  const emit = (happened: WatchEvent): void => {
    const server = serverOf(happened);
    if (!live.has(server)) return;
    for (const ear of [...[...listeners.values()].flat(), ...others]) {
      if (ear.server === null || ear.server === server) safely(() => ear.hear(happened), onListenerError);
    }
  };

  const goLive = (server: string): void => {
    waiting.delete(server);
    live.add(server);
    for (const happened of retell(server)) emit(happened);
  };

  const attached = (server: string | null): void => {
    for (const name of server === null ? servers() : [server]) {
      if (!live.has(name) && !waiting.has(name)) waiting.set(name, setImmediate(goLive, name));
    }
  };

  return {
    emit,
    opened: (server) => {
      const ears = [...[...listeners.values()].flat(), ...others];
      if (ears.some((ear) => ear.server === null || ear.server === server)) live.add(server);
    },
    addListener: (listener, server) => {
      const ears = listeners.get(listener) ?? [];
      if (ears.some((ear) => ear.server === server || ear.server === null)) return;
      const ear: Ear = { server, hear: (happened) => tell(listener, happened) };
      // Who hears all servers hears each of them once.
      listeners.set(listener, server === null ? [ear] : [...ears, ear]);
      attached(server);
    },
    removeListener: (listener) => void listeners.delete(listener),
    addEar: (ear) => {
      others.add(ear);
      attached(ear.server);
      return () => void others.delete(ear);
    },
    close: () => {
      for (const immediate of waiting.values()) clearImmediate(immediate);
      waiting.clear();
      listeners.clear();
      others.clear();
      live.clear();
    },
  };
}
