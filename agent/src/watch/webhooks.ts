import type { Hub } from "./hub.ts";
import { createWebHook, parseTarget, type WebHook, type WebHookOptions, type WebHookTools } from "./webhook.ts";

/** The webhooks of a watch: one per URL, whoever adds it how often. */
export interface WebHooks {
  /** `server` null: of all. A URL that is there already takes the new options, and hears the server as well. */
  add(url: string | URL, options: WebHookOptions, server: string | null): void;
  remove(url: string | URL): void;
  close(): void;
}

type Added = {
  hook: WebHook /** What it hears: the server, null for all, and how to end it. */;
  heard: Map<string | null, () => void>;
};

export function createWebHooks(hub: Pick<Hub, "addEar">, tools: WebHookTools): WebHooks {
  const all = new Map<string, Added>();
  const end = ({ hook, heard }: Added): void => {
    for (const takeOff of heard.values()) takeOff();
    hook.close();
  };
  return {
    add: (url, options, server) => {
      const { href } = parseTarget(url);
      const known = all.get(href);
      known?.hook.update(options);
      const { hook, heard } = known ?? { hook: createWebHook(url, options, tools), heard: new Map() };
      all.set(href, { hook, heard });
      if (heard.has(null) || heard.has(server)) return;
      // Who hears all hears each event once.
      if (server === null) for (const takeOff of heard.values()) takeOff();
      heard.set(server, hub.addEar({ server, hear: hook.send }));
    },
    remove: (url) => {
      const { href } = parseTarget(url);
      const known = all.get(href);
      all.delete(href);
      if (known !== undefined) end(known);
    },
    close: () => {
      for (const one of all.values()) end(one);
      all.clear();
    },
  };
}
