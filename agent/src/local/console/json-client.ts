import type { Log } from "../../log.ts";
import { type CheckParts, checkUrl, type Verdict } from "./check.ts";
import type { Conversation, Frame, Say } from "./conversation.ts";
import type { DownloadList } from "./download-list.ts";
import { type ClientMessage, parseClientMessage, type ServerMessage } from "./messages.ts";
import { addressOf } from "./texts.ts";
import { watchList } from "./watching.ts";

export type JsonOptions = {
  list: DownloadList;
  downloads: CheckParts["downloads"];
  say: Say;
  signal: AbortSignal;
  log: Log;
};

/** `add` messages of one client that are looked at side by side; the next one waits. */
const ADDS_MAX = 4;
/** URLs of one `add` that are looked at side by side. */
const CHECKS_MAX = 8;

type Message<Type extends ClientMessage["type"]> = Extract<ClientMessage, { type: Type }>;
type Added = Extract<ServerMessage, { type: "added" }>["results"][number];

/** The subprotocol `modfleet.console.v1`: the same lists with ids, pause, resume, cancel, and changes as they happen. */
export class JsonClient implements Conversation {
  readonly #options: JsonOptions;
  readonly #adds = new Set<Promise<void>>();
  #unwatch: () => void = () => {};

  constructor(options: JsonOptions) {
    this.#options = options;
  }

  async hear(frame: Frame): Promise<void> {
    const parsed = parseClientMessage(frame);
    if (!parsed.ok) {
      const { re, why } = parsed;
      await this.#say({ type: "refused", re, code: "bad_message", message: why });
    } else if (parsed.message.type === "add") {
      await this.#begin(parsed.message);
    } else {
      await this.#say(this.#answered(parsed.message));
    }
  }

  owes(this: void): boolean {
    return true;
  }

  async end(): Promise<void> {
    this.#unwatch();
    await Promise.all(this.#adds);
  }

  /** Checks take seconds where a server is silent; other messages do not wait for them. */
  async #begin(message: Message<"add">): Promise<void> {
    const added = this.#add(message)
      .then((answer) => this.#say(answer))
      .finally(() => this.#adds.delete(added));
    this.#adds.add(added);
    if (this.#adds.size >= ADDS_MAX) await Promise.race(this.#adds);
  }

  async #add({ urls, re }: Message<"add">): Promise<ServerMessage> {
    const verdicts = await checkAll(urls, (url) => checkUrl(url, this.#options, this.#options.signal));
    try {
      const accepted = urls.flatMap((url, at) => {
        const verdict = verdicts[at];
        return verdict?.kind === "accepted" ? [{ url, total: verdict.total }] : [];
      });
      const ids = this.#options.list.submit(accepted);
      return { type: "added", re, results: urls.map((url, at) => toAdded(url, verdicts[at], ids)) };
    } catch (cause) {
      this.#options.log.error("The console's lists could not be written", { cause });
      return { type: "refused", re, code: "disk", message: "The disk did not take it, nothing was added" };
    }
  }

  #answered(message: Exclude<ClientMessage, Message<"add">>): ServerMessage {
    const { re } = message;
    switch (message.type) {
      case "list":
        return { type: "lists", re, ...this.#lists(message.done) };
      case "watch":
        this.#watch(message.everyMs);
        return { type: "ok", re };
      case "unwatch":
        this.#unwatch();
        return { type: "ok", re };
      default:
        return this.#steer(message);
    }
  }

  #steer({ type, id, re }: Message<"pause" | "resume" | "cancel">): ServerMessage {
    try {
      if (this.#options.list[type](id)) return { type: "ok", re };
      return { type: "refused", re, code: "unknown_download", message: `Nothing waits or loads as ${id}` };
    } catch (cause) {
      this.#options.log.error("The console's lists could not be written", { cause });
      return { type: "refused", re, code: "disk", message: "The disk did not take it, nothing was changed" };
    }
  }

  #lists(doneMax: number): Pick<Extract<ServerMessage, { type: "lists" }>, "open" | "done" | "doneTotal"> {
    const { list } = this.#options;
    const loading = list.loading();
    const waiting = [...list.waiting()].map(({ id, url, paused }) => {
      return { id, url, state: paused ? ("paused" as const) : ("waiting" as const) };
    });
    const done = doneMax === 0 ? [] : [...list.done()].slice(-doneMax);
    return {
      open: [...(loading === null ? [] : [{ ...loading, state: "loading" as const }]), ...waiting],
      done: done.map(({ id, url, bytes, path }) => ({ id, url, bytes, address: addressOf(path) })),
      doneTotal: list.counts().done,
    };
  }

  #watch(everyMs: number): void {
    this.#unwatch();
    // `say` does not reject; a client that does not read is cut off by its socket.
    this.#unwatch = watchList({ ...this.#options, everyMs, push: (message) => void this.#say(message) });
  }

  #say(message: ServerMessage): Promise<void> {
    return this.#options.say(JSON.stringify(message));
  }
}

async function checkAll(urls: readonly string[], check: (url: string) => Promise<Verdict>): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  const left = urls.entries();
  const worker = async (): Promise<void> => {
    for (const [at, url] of left) verdicts[at] = await check(url);
  };
  await Promise.all(Array.from({ length: CHECKS_MAX }, worker));
  return verdicts;
}

function toAdded(url: string, verdict: Verdict = { kind: "format" }, ids: ReadonlyMap<string, string>): Added {
  if (verdict.kind === "accepted") return { url, outcome: "accepted", id: ids.get(url) ?? "" };
  if (verdict.kind === "already") return { url, outcome: "already", address: addressOf(verdict.path) };
  return { url, outcome: verdict.kind };
}
