import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "../../log.ts";
import { closeSession, type OpenClient, openSession, type Session } from "./open-session.ts";
import type { PortRange } from "./parameters.ts";
import { newPeerId } from "./peer-id.ts";
import { RestError } from "./rest-torrent.ts";
import type { SessionRecord, SessionRecords } from "./session-records.ts";

export type SessionsOptions = {
  records: SessionRecords;
  /** Absolute; each session that is kept has a folder in it. */
  stateFolder: string;
  openClient: OpenClient;
  log: Log;
};

/** A session without a client is a kept one whose ports were taken when it should have come back. */
type Entry = { record: SessionRecord; isKept: boolean; session: Session | null };

/** Each is a client with a port and sockets of its own. */
const SESSIONS_MAX = 128;

/** Every session of the agent. Changes happen one after another; what is kept is on the disk before it is answered. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #warned = new Set<string>();
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  /** Begins to bring back the sessions that are kept. */
  constructor(options: SessionsOptions) {
    this.#options = options;
    for (const record of options.records.sessions) {
      this.#entries.set(record.id, { record, isKept: true, session: null });
    }
    this.#last = this.#bringBack();
  }

  /** Throws `session.bind`, `session.limit`, or what the disk throws. */
  create(ports: PortRange, isKept: boolean): Promise<Session> {
    return this.#inTurn(async () => {
      if (this.#entries.size >= SESSIONS_MAX) {
        throw new RestError("session.limit", `There are ${SESSIONS_MAX} sessions already: delete one first`);
      }
      const entry: Entry = { record: { id: newPeerId(), ports }, isKept, session: null };
      this.#entries.set(entry.record.id, entry);
      try {
        const session = await this.#open(entry);
        if (isKept) this.#save();
        return session;
      } catch (cause) {
        this.#entries.delete(entry.record.id);
        await this.#end(entry);
        throw cause;
      }
    });
  }

  /** In the order in which they were created; without those whose ports are still taken. */
  async list(): Promise<Session[]> {
    const entries = [...this.#entries.values()];
    if (entries.some(({ session }) => session === null)) await this.#inTurn(() => this.#wakeAll());
    return [...this.#entries.values()].flatMap(({ session }) => (session === null ? [] : [session]));
  }

  /** Throws `session.notfound`, or `session.bind` where a kept session cannot come back yet. */
  async find(id: string): Promise<Session> {
    const { session } = this.#entry(id);
    return session ?? this.#inTurn(() => this.#open(this.#entry(id)));
  }

  /** Its port is free and its state is gone afterwards; what was downloaded stays. Throws `session.notfound`. */
  delete(id: string): Promise<void> {
    return this.#inTurn(async () => {
      const entry = this.#entry(id);
      this.#entries.delete(id);
      try {
        if (entry.isKept) this.#save();
      } catch (cause) {
        this.#entries.set(id, entry);
        throw cause;
      }
      entry.session?.ending.abort(notFound());
      await this.#end(entry);
    });
  }

  /** Ends every session and what waits in them. */
  close(): Promise<void> {
    this.#isClosed = true;
    for (const { session } of this.#entries.values()) session?.ending.abort(stopping());
    const last = this.#last.then(() => this.#closeAll());
    this.#last = last;
    return last;
  }

  async #closeAll(): Promise<void> {
    const open = [...this.#entries.values()].flatMap(({ session }) => session ?? []);
    await Promise.all(open.map((session) => closeSession(session, this.#options.log)));
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(() => {
      if (this.#isClosed) throw stopping();
      return work();
    });
    this.#last = result.catch(() => undefined);
    return result;
  }

  #entry(id: string): Entry {
    const entry = this.#entries.get(id.toLowerCase());
    if (entry === undefined) throw notFound();
    return entry;
  }

  async #open(entry: Entry): Promise<Session> {
    const { openClient, log } = this.#options;
    const folder = entry.isKept ? this.#folderOf(entry) : null;
    entry.session ??= await openSession(entry.record, { folder, openClient, log });
    return entry.session;
  }

  /** Logs what fails. */
  async #bringBack(): Promise<void> {
    await this.#sweep();
    await this.#wakeAll();
  }

  async #wakeAll(): Promise<void> {
    for (const entry of this.#entries.values()) {
      try {
        await this.#open(entry);
      } catch (cause) {
        const { id } = entry.record;
        if (!this.#warned.has(id)) this.#options.log.warn("A torrent session cannot come back yet", { id, cause });
        this.#warned.add(id);
      }
    }
  }

  #save(): void {
    this.#options.records.write([...this.#entries.values()].flatMap(({ isKept, record }) => (isKept ? [record] : [])));
  }

  async #end(entry: Entry): Promise<void> {
    if (entry.session !== null) await closeSession(entry.session, this.#options.log);
    if (entry.isKept) await this.#forget(this.#folderOf(entry));
  }

  #folderOf({ record }: Entry): string {
    return join(this.#options.stateFolder, record.id);
  }

  /** A crash may leave the state of a session that is not listed. */
  async #sweep(): Promise<void> {
    const names = await readdir(this.#options.stateFolder).catch((): string[] => []);
    const left = names.filter((name) => /^[0-9a-f]{40}$/.test(name) && !this.#entries.has(name));
    for (const name of left) await this.#forget(join(this.#options.stateFolder, name));
  }

  async #forget(folder: string): Promise<void> {
    try {
      await rm(folder, { recursive: true, force: true });
    } catch (cause) {
      this.#options.log.warn("Could not remove the state of a torrent session", { folder, cause });
    }
  }
}

const notFound = (): RestError =>
  new RestError("session.notfound", "There is no session with this id: list them with GET /v1/sessions");

const stopping = (): RestError => new RestError("agent.busy", "The agent is stopping: try again when it is back");
