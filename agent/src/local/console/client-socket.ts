import { setImmediate as othersTurn } from "node:timers/promises";
import { WebSocket } from "ws";
import type { Log } from "../../log.ts";
import type { Conversation, Frame, Say } from "./conversation.ts";
import { Inbox } from "./inbox.ts";

export type ClientOptions = {
  /** A text of more bytes is not looked at. */
  textBytesMax: number;
  /** Builds the conversation; `left` fires when nothing of it can matter any more. */
  converse: (say: Say, left: AbortSignal) => Conversation;
  log: Log;
};

/** With more than this unsent the next frame waits until the client has read. */
const UNSENT_MAX = 64 * 1024;
/** A watcher that lets so much pile up is cut off; it can list again when it comes back. */
const UNSENT_CUT_MAX = 4 * 1024 * 1024;
/** For a client that does not answer the close frame. */
const GOODBYE_MS = 1_000;
/** So many frames in or out, then everybody else has a turn: what needs no waiting would hold up the whole agent. */
const TURN_FRAMES = 128;

/** One client: frames in, one at a time, frames out at the pace in which they are read. */
export class ClientSocket {
  /** Settles when the client has gone and everything it said is done. */
  readonly ended: Promise<void>;
  readonly #socket: WebSocket;
  readonly #inbox: Inbox;
  readonly #left = new AbortController();
  readonly #gone = Promise.withResolvers<void>();
  readonly #conversation: Conversation;
  /** What is being heard right now; undefined between two frames. */
  #hearing: Frame | undefined = undefined;
  #isAlive = true;
  #framesOfTurn = 0;

  constructor(socket: WebSocket, { textBytesMax, converse, log }: ClientOptions) {
    this.#socket = socket;
    this.#inbox = new Inbox({ onFull: () => socket.pause(), onRoom: () => socket.resume() });
    socket.on("message", (data, isBinary) => {
      this.#isAlive = true;
      this.#inbox.push(isBinary ? null : textOf(data, textBytesMax));
    });
    socket.on("pong", () => {
      this.#isAlive = true;
    });
    // ws closes after every error; without a listener the error would end the process.
    socket.on("error", () => {});
    socket.once("close", () => this.#leave());
    this.#conversation = converse((text) => this.#say(text), this.#left.signal);
    this.ended = this.#listen().catch((cause: unknown) => {
      // Nothing in a conversation should throw; if it does, this client ends and nobody else.
      log.error("A conversation of the console failed", { cause });
      socket.terminate();
    });
  }

  /** Cuts the line when nothing came since the last call, or asks for a sign of life. */
  lookAfter(): void {
    // While we do not read its silence is our own, unless it does not read either.
    if (this.#socket.isPaused && this.#socket.bufferedAmount <= UNSENT_MAX) return;
    if (!this.#isAlive) this.#socket.terminate();
    else if (this.#socket.readyState === WebSocket.OPEN) this.#socket.ping();
    this.#isAlive = false;
  }

  /** Nothing more is heard. Resolves when the socket is gone, at the latest a second later. */
  async close(): Promise<void> {
    this.#inbox.drop();
    this.#left.abort();
    this.#socket.resume();
    this.#socket.close(1001);
    const timer = setTimeout(() => this.#socket.terminate(), GOODBYE_MS);
    await this.#gone.promise;
    clearTimeout(timer);
    await this.ended;
  }

  /** What was asked for before the client left is done all the same. */
  #leave(): void {
    const { owes } = this.#conversation;
    if (this.#inbox.some(owes) || (this.#hearing !== undefined && owes(this.#hearing))) {
      this.#inbox.end();
    } else {
      this.#inbox.drop();
      this.#left.abort();
    }
    this.#gone.resolve();
  }

  async #listen(): Promise<void> {
    try {
      for await (const frame of this.#inbox.frames()) {
        this.#hearing = frame;
        await this.#conversation.hear(frame);
        await this.#takeTurns();
        this.#hearing = undefined;
      }
    } finally {
      await this.#conversation.end();
      this.#left.abort();
    }
  }

  async #takeTurns(): Promise<void> {
    this.#framesOfTurn += 1;
    if (this.#framesOfTurn % TURN_FRAMES === 0) await othersTurn();
  }

  /** Sends at once, so that frames keep the order of the calls; resolves when the next one may come. */
  async #say(text: string): Promise<void> {
    const { promise: sent, resolve } = Promise.withResolvers<void>();
    if (this.#socket.bufferedAmount > UNSENT_CUT_MAX) this.#socket.terminate();
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(text, () => resolve());
    else resolve();
    await this.#takeTurns();
    if (this.#socket.bufferedAmount <= UNSENT_MAX) return;
    await Promise.race([sent, this.#gone.promise]);
    this.#isAlive = true;
  }
}

/** ws hands over a Buffer unless another binary type was asked for. */
function textOf(data: WebSocket.RawData, bytesMax: number): Frame {
  if (!Buffer.isBuffer(data)) throw new TypeError("A frame came as something else than a Buffer");
  return data.length > bytesMax ? null : data.toString("utf8");
}
