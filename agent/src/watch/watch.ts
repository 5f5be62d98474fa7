import { parseServerConfig, type ServerConfig, type ServerSettings } from "./config.ts";
import type { Listener } from "./events.ts";
import { createHub } from "./hub.ts";
import { createServer, type Server } from "./server.ts";
import { type Created, takeIn } from "./take-in.ts";
import type { WebHookOptions, WebHookTools } from "./webhook.ts";
import { createWebHooks } from "./webhooks.ts";

/** All servers that are watched together, and all who listen to them. */
export interface Watch {
  /**
   * Begins to watch; resolves once each server was looked at once, whether it answered or not. Throws for a wrong configuration, and
   * watches nothing of it then.
   */
  start(configs: readonly (ServerConfig | undefined)[]): Promise<void>;
  /** All, or the one of that name. Throws for an unknown name. */
  servers(name: string | null): Server[];
  takeIn(what: { torrentFile: string; data: string | null; server: string | null }): Promise<Created>;
  addListener(listener: Listener, server: string | null): void;
  removeListener(listener: Listener): void;
  addWebHook(url: string | URL, options: WebHookOptions, server: string | null): void;
  removeWebHook(url: string | URL): void;
  /** Ends every poll, wait and delivery. It can be started anew afterwards, with nothing of before. */
  stop(): Promise<void>;
}

export type WatchTools = WebHookTools;

type Running = { server: Server; folders: ServerSettings["folders"]; ended: Promise<void> };

export function createWatch(tools: WatchTools): Watch {
  const running = new Map<string, Running>();
  let stopping = new AbortController();
  const hub = createHub({
    servers: () => [...running.keys()],
    retell: (name) => running.get(name)?.server.retell() ?? [],
    onListenerError: tools.onListenerError,
  });
  const hooks = createWebHooks(hub, tools);

  const begin = ({ name, client, intervalMs, folders }: ServerSettings): Promise<void> => {
    const { signal } = stopping;
    const server = createServer({ name, client, intervalMs, emit: hub.emit, signal });
    hub.opened(name);
    const first = server.poll();
    running.set(name, { server, folders, ended: first.then(server.run) });
    return first;
  };

  const servers = (name: string | null): Server[] => some(running, name).map(({ server }) => server);

  return {
    start: (configs) => {
      const settings = configs.map((config, index) => parseServerConfig(config, running.size + index + 1));
      checkNames([...running.keys(), ...settings.map(({ name }) => name)]);
      return Promise.all(settings.map(begin)).then(() => undefined);
    },
    servers,
    takeIn: async ({ server: name, ...what }) => {
      const [first] = some(running, name);
      if (first === undefined) throw new Error("No server is watched yet");
      return takeIn({ ...what, ...first, signal: stopping.signal });
    },
    addListener: hub.addListener,
    removeListener: hub.removeListener,
    addWebHook: hooks.add,
    removeWebHook: hooks.remove,
    stop: async () => {
      const ended = [...running.values()].map((one) => one.ended);
      stopping.abort(new Error("The watch was stopped"));
      stopping = new AbortController();
      hub.close();
      hooks.close();
      running.clear();
      await Promise.all(ended);
    },
  };
}

function some(running: ReadonlyMap<string, Running>, name: string | null): Running[] {
  if (name === null) return [...running.values()];
  const one = running.get(name);
  if (one === undefined) throw new Error(`This server does not exists ${name}`);
  return [one];
}

function checkNames(names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new TypeError(`Two servers have the name ${twice}`);
}
