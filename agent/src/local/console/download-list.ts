import { mkdirSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { Log } from "../../log.ts";
import type { Downloads } from "./downloads.ts";
import { type ListJournal, openListJournal } from "./list-journal.ts";
import type { Done, Fact, Loading, Order, Wanted } from "./lists.ts";
import { type Loaded, loadOne, removeDraft, sweepDrafts } from "./load-one.ts";

export type ListOptions = {
  downloads: Pick<Downloads, "fetch">;
  /** Where files land, absolute; made when it is missing. Drafts lie in `.partial` below it. */
  folder: string;
  /** Where the lists are remembered. */
  journalPath: string;
  newId: () => string;
  log: Log;
};

/** What just happened to a download. */
export type Change =
  | { kind: "waiting" | "paused" | "cancelled"; id: string; url: string }
  | ({ kind: "loading" } & Loading)
  | ({ kind: "done" } & Done)
  | { kind: "failed"; id: string; url: string; detail: string };

/** More URLs than this do not wait at a time. */
export const OPEN_MAX = 10_000;
/** After a disk that did not take a fact. */
const DISK_WAIT_MS = 5_000;

type Current = { order: Order; loading: Loading; stop: AbortController; ended: Promise<void> };

/**
 * The lists that all clients share, and the one loop that works through them: a file at a time, in the order sent. What a call
 * has changed is on the disk when it returns.
 */
export class DownloadList {
  readonly #options: ListOptions;
  readonly #journal: ListJournal;
  readonly #listeners = new Set<(change: Change) => void>();
  readonly #stop = new AbortController();
  readonly #tidying = new Set<Promise<void>>();
  #current: Current | null = null;

  /** Goes on with what an earlier process left. Throws when the folder or the journal cannot be used. */
  constructor(options: ListOptions) {
    this.#options = options;
    mkdirSync(options.folder, { recursive: true });
    const { journal, damaged, ended } = openListJournal(options.journalPath);
    if (damaged > 0) options.log.warn("Lines of the console's lists could not be read", { damaged });
    this.#journal = journal;
    void this.#tidy(sweepDrafts(options.folder, ended));
    this.#next();
  }

  /** What waits, paused ones included, without what loads. */
  *waiting(): Iterable<Order> {
    const loading = this.loading();
    for (const order of this.#journal.lists.open.values()) if (order.id !== loading?.id) yield order;
  }

  loading(): Loading | null {
    return this.#current === null || this.#current.stop.signal.aborted ? null : this.#current.loading;
  }

  /** In the order of completion. */
  done(): Iterable<Done> {
    return this.#journal.lists.done.values();
  }

  counts(): { open: number; done: number } {
    const { open, done } = this.#journal.lists;
    return { open: open.size, done: done.size };
  }

  /** The path of this very URL's file, if it was fetched and is still there. */
  pathOf(url: string): string | null {
    const done = this.#journal.lists.done.get(url);
    return done !== undefined && isFile(done.path) ? done.path : null;
  }

  /**
   * Puts URLs behind what waits and returns their ids. What waits, loads or came meanwhile is not fetched twice. Throws when the
   * disk is full: then none was added.
   */
  submit(wanted: readonly Wanted[]): ReadonlyMap<string, string> {
    const ids = new Map([...this.#journal.lists.open.values()].map(({ id, url }) => [url, id]));
    for (const { url } of wanted) {
      const done = this.#journal.lists.done.get(url);
      if (done !== undefined && isFile(done.path)) ids.set(url, done.id);
    }
    const totals = new Map(wanted.map(({ url, total }) => [url, total]));
    const fresh = [...totals].flatMap(([url, total]) =>
      ids.has(url) ? [] : [{ id: this.#options.newId(), url, total }],
    );
    if (fresh.length > 0) this.#journal.record({ kind: "sent", orders: fresh });
    for (const { id, url } of fresh) {
      ids.set(url, id);
      this.#tell({ kind: "waiting", id, url });
    }
    this.#next();
    return ids;
  }

  /** False when nothing of this id waits or loads; so do `resume` and `cancel`. What has come stays. */
  pause(id: string): boolean {
    return this.#change({ kind: "paused", id, paused: true }, "paused");
  }

  resume(id: string): boolean {
    return this.#change({ kind: "paused", id, paused: false }, "waiting");
  }

  /** Takes it out of the lists; what has come of it is removed. */
  cancel(id: string): boolean {
    return this.#change({ kind: "gone", id }, "cancelled");
  }

  /** Calls back on every change until the returned function is called. */
  watch(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Stops the loop. What was loading goes on at the next start. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#current?.stop.abort();
    await this.#current?.ended;
    await Promise.all(this.#tidying);
    this.#journal.close();
  }

  #change(fact: Extract<Fact, { kind: "paused" | "gone" }>, kind: "waiting" | "paused" | "cancelled"): boolean {
    const order = this.#journal.lists.open.get(fact.id);
    if (order === undefined) return false;
    if (fact.kind === "paused" && fact.paused === order.paused) return true;
    this.#journal.record(fact);
    const isCurrent = this.#current?.order.id === fact.id;
    if (isCurrent && kind !== "waiting") this.#current?.stop.abort();
    if (!isCurrent && kind === "cancelled") void this.#tidy(removeDraft(this.#options.folder, fact.id));
    this.#tell({ kind, id: fact.id, url: order.url });
    this.#next();
    return true;
  }

  /** Begins with the first that may load, unless something does. Synchronous, so that no list ever shows a moment between. */
  #next(): void {
    if (this.#current !== null || this.#stop.signal.aborted) return;
    const order = this.#journal.lists.open.values().find(({ paused }) => !paused);
    if (order === undefined) return;
    const { id, url, total } = order;
    const loading = { id, url, total, bytes: 0, connections: 0 };
    const current: Current = { order, loading, stop: new AbortController(), ended: Promise.resolve() };
    this.#current = current;
    this.#tell({ kind: "loading", ...loading });
    // It settles what it began and does not reject.
    current.ended = this.#work(current);
  }

  async #work(current: Current): Promise<void> {
    const { order } = current;
    const loaded = await this.#load(current).catch(
      (cause: unknown): Loaded => ({ kind: "failed", detail: textOf(cause) }),
    );
    try {
      await this.#settle(current, loaded);
    } catch (cause) {
      this.#options.log.error("The console's lists could not be written", { url: order.url, cause });
      await delay(DISK_WAIT_MS, undefined, { signal: this.#stop.signal }).catch(() => {});
      this.#current = null;
      this.#next();
    }
  }

  async #load(current: Current): Promise<Loaded> {
    const { order, stop } = current;
    return await loadOne({
      ...this.#options,
      order,
      choose: (placement) => this.#journal.record({ kind: "placing", id: order.id, ...placement }),
      onProgress: (progress) => {
        current.loading = { id: order.id, url: order.url, ...progress };
        if (!stop.signal.aborted) this.#tell({ kind: "loading", ...current.loading });
      },
      signal: stop.signal,
    });
  }

  /** Facts first: nothing is told, and nothing else begins, before they are on the disk. */
  async #settle({ order, stop }: Current, loaded: Loaded): Promise<void> {
    const { id, url } = order;
    const isOpen = this.#journal.lists.open.has(id);
    if (loaded.kind === "done" && isOpen) {
      this.#journal.record({ ...loaded, id, url });
      this.#tell({ ...loaded, id, url });
    } else if (loaded.kind === "failed" && isOpen && !stop.signal.aborted) {
      this.#journal.record({ kind: "gone", id });
      this.#options.log.warn("A download of the console failed", { url, detail: loaded.detail });
      this.#tell({ ...loaded, id, url });
    }
    this.#current = null;
    this.#next();
    // Cancelled in the very moment in which it got its name.
    if (loaded.kind === "done" && !isOpen) await this.#tidy(rm(loaded.path, { force: true }));
    if (!this.#journal.lists.open.has(id)) await this.#tidy(removeDraft(this.#options.folder, id));
  }

  #tell(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }

  /** Does not reject: what cannot be removed now is swept at the next start. */
  #tidy(work: Promise<void>): Promise<void> {
    const tidied = work
      .catch((cause: unknown) => this.#options.log.warn("Could not remove what a download left", { cause }))
      .finally(() => this.#tidying.delete(tidied));
    this.#tidying.add(tidied);
    return tidied;
  }
}

/** False where nothing can be seen, too. */
function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

const textOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
