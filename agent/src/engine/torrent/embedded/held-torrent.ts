import { isDiskFull } from "../../failure-of.ts";
import { TorrentError, type TorrentFileStatus, type TorrentStatus } from "../client.ts";
import { type Metainfo, metainfoOfInfo, parseMetainfo } from "../metainfo.ts";
import { type Activity, swarmOf } from "./activity.ts";
import { Content } from "./content.ts";
import type { Context } from "./context.ts";
import type { EmbeddedPeer } from "./embedded.ts";
import { type ContentRun, runContent } from "./run-content.ts";
import { runMetadata } from "./run-metadata.ts";
import { stampVerified, trustVerified } from "./stamps.ts";
import { NO_STATES, type TorrentState, type TorrentStates } from "./states.ts";
import { statusOf } from "./status-of.ts";
import type { Swarm } from "./swarm.ts";

/** One torrent of the list: what is kept of it, and what is at work for it. Its changes happen one after the other. */
export class HeldTorrent {
  readonly #context: Context;
  readonly #states: TorrentStates;
  #state: TorrentState;
  #content: Content | null;
  #activity: Activity = { kind: "none" };
  #turn: Promise<unknown> = Promise.resolve();

  /** Throws `TorrentError` when the metainfo does not fit what is wanted. */
  constructor(context: Context, given: { state: TorrentState; metainfo: Metainfo | null; isKept: boolean }) {
    this.#context = context;
    this.#states = given.isKept ? context.states : NO_STATES;
    this.#state = given.state;
    this.#content = given.metainfo === null ? null : contentOf(given.metainfo, given.state);
  }

  get infoHash(): string {
    return this.#state.infoHash;
  }

  get folder(): string {
    return this.#state.folder;
  }

  get isPaused(): boolean {
    return this.#state.isPaused;
  }

  get content(): Content | null {
    return this.#content;
  }

  status(): TorrentStatus {
    return statusOf({ state: this.#state, content: this.#content, activity: this.#activity });
  }

  files(): TorrentFileStatus[] {
    return this.#content?.files() ?? [];
  }

  peers(): EmbeddedPeer[] {
    return swarmOf(this.#activity)?.peers() ?? [];
  }

  /** Goes on, or begins again after a problem. The problem of one that cannot begin is in its status. */
  resume(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#activity.kind !== "none" && this.#state.problem === null) return;
      await this.#end();
      this.#change({ isPaused: false, ...NO_PROBLEM });
      await this.#begin([]);
    });
  }

  pause(): Promise<void> {
    return this.#inTurn(async () => {
      try {
        await this.#end();
      } finally {
        this.#change({ isPaused: true });
      }
    });
  }

  /** Ends what is at work without a word about whether it is wanted again. */
  stop(): Promise<void> {
    return this.#inTurn(() => this.#end());
  }

  /** Writes down that it is there. */
  keep(metainfo: Uint8Array | null): void {
    if (metainfo !== null) this.#states.saveMetainfo(this.infoHash, metainfo);
    this.#change({ hasMetainfo: metainfo !== null });
  }

  forget(): Promise<void> {
    return this.#states.forget(this.infoHash);
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(act);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  #change(changes: Partial<TorrentState>): void {
    this.#state = { ...this.#state, ...changes };
    try {
      this.#states.save(this.#state);
    } catch (error) {
      throw new TorrentError("disk", `Cannot keep the torrent: ${String(error)}`, error);
    }
  }

  async #begin(peers: readonly string[]): Promise<void> {
    try {
      if (this.#content === null) this.#beginMetadata();
      else await this.#beginContent(this.#content, peers);
    } catch (error) {
      // The next start tries again: a disk may be mounted by then.
      this.#state = { ...this.#state, ...problemOf(error) };
    }
  }

  #beginMetadata(): void {
    const { infoHash, trackers, peers } = this.#state;
    const swarm: Swarm = runMetadata(this.#context, {
      ...{ infoHash, trackers, peers },
      onError: (error) => this.#fail(swarm, error),
      onInfo: (info) => this.#takeInfo(swarm, info),
    });
    this.#activity = { kind: "metadata", swarm };
  }

  async #beginContent(content: Content, peers: readonly string[]): Promise<void> {
    const { folder, trackers, webSeeds, verified } = this.#state;
    const isTrusted = await trustVerified(content, folder, verified);
    // From now on only what has been hashed counts, until everything is closed again.
    this.#change({ verified: null });
    const what = isTrusted ? "What was verified before is trusted" : "What lies on disk is hashed";
    this.#context.log.info({ infoHash: this.infoHash, isTrusted }, what);
    const run: ContentRun = await runContent(this.#context, {
      ...{ content, folder, isTrusted },
      trackers: [...trackers, ...content.metainfo.trackers],
      webSeeds: [...webSeeds, ...content.metainfo.webSeeds],
      peers: [...peers, ...this.#state.peers],
      uploaded: () => this.#state.uploadedBytes,
      onUploaded: (bytes) => {
        this.#state.uploadedBytes += bytes;
      },
      onError: (error) => this.#fail(run.swarm, error),
    });
    this.#activity = { kind: "content", run };
  }

  async #end(): Promise<void> {
    const activity = this.#activity;
    this.#activity = { kind: "none" };
    if (activity.kind === "metadata") await activity.swarm.stop();
    if (activity.kind !== "content" || this.#content === null) return;
    const isChecked = activity.run.isChecked();
    await activity.run.stop();
    // Half a check would be trusted as a whole.
    this.#change(isChecked ? { verified: await stampVerified(this.#content, this.#state.folder) } : {});
  }

  /** Of a peer's metadata nothing but the hash is certain. */
  #takeInfo(from: Swarm, info: Uint8Array): void {
    const take = async (): Promise<void> => {
      if (swarmOf(this.#activity) !== from) return;
      const peers = from.addresses();
      await this.#end();
      const bytes = metainfoOfInfo(info);
      this.#content = contentOf(parseMetainfo(bytes), this.#state);
      this.keep(bytes);
      await this.#begin(peers);
    };
    void this.#inTurn(() => take().catch((error: unknown) => this.#halt(error)));
  }

  #fail(from: Swarm, error: Error): void {
    const fail = async (): Promise<void> => {
      if (swarmOf(this.#activity) !== from) return;
      await this.#end().catch(() => undefined);
      this.#halt(error);
    };
    void this.#inTurn(fail);
  }

  /** It stays on the list and says why; somebody has to tell it to go on. */
  #halt(error: unknown): void {
    const problem = problemOf(error);
    this.#context.log.warn({ infoHash: this.infoHash, ...problem }, "A torrent has stopped");
    this.#state = { ...this.#state, isPaused: true, ...problem };
    try {
      this.#states.save(this.#state);
    } catch {
      // The disk that is full may be the one for the states, too; the problem is told anyway.
    }
  }
}

function contentOf(metainfo: Metainfo, { files, maxBytes }: TorrentState): Content {
  const content = new Content(metainfo, files);
  if (maxBytes === null || content.totalBytes <= maxBytes) return content;
  throw new TorrentError("too_large", `The torrent has ${content.totalBytes} bytes, more than the ${maxBytes} allowed`);
}

const NO_PROBLEM = { problem: null, fault: null };

function problemOf(error: unknown): Pick<TorrentState, "problem" | "fault"> {
  const problem = error instanceof Error ? error.message : String(error);
  if (error instanceof TorrentError) return { problem, fault: error.fault };
  return { problem, fault: isDiskFull(error) ? "disk_full" : null };
}
