import { CLOSE_CODES, type CloseReason, encode, type GatewayMessage, type Limits } from "@modfleet/protocol";
import type { Log } from "../log.ts";
import type { Socket } from "./socket.ts";

type Options = { limits: Limits; log: Log; ended: (reason: CloseReason) => void };

/** The gateway's end of one socket: says messages while the peer reads them, and closes at most once. */
export class Line {
  readonly #socket: Socket;
  readonly #options: Options;
  #isOver = false;

  constructor(socket: Socket, options: Options) {
    this.#socket = socket;
    this.#options = options;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** False when the line is over or too full for this kind of message. */
  say(message: GatewayMessage): boolean {
    if (!this.#hasRoomFor(message)) return false;
    try {
      this.#socket.send(encode(message));
      return true;
    } catch (error) {
      this.#options.log.error("A message could not be sent", { error, type: message.type });
      return false;
    }
  }

  /** Closes with `slow_consumer` when the peer has stopped reading. */
  checkBacklog(): void {
    if (!this.#isOver && this.#socket.bufferedAmount() > this.#options.limits.bufferedCloseMax)
      this.end("slow_consumer");
  }

  end(reason: CloseReason, text: string = reason): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#socket.close(CLOSE_CODES[reason].code, text);
    this.#options.ended(reason);
  }

  /** The peer or the network ended it. */
  wasCut(): void {
    this.#isOver = true;
  }

  #hasRoomFor(message: GatewayMessage): boolean {
    this.checkBacklog();
    if (this.#isOver) return false;
    const waiting = this.#socket.bufferedAmount();
    if (message.type === "offer") return waiting <= this.#options.limits.bufferedOfferMax;
    return !isProgress(message) || waiting <= this.#options.limits.bufferedProgressMax;
  }
}

/** What a peer that reads slowly can do without: the next one says the same again. */
function isProgress(message: GatewayMessage): boolean {
  return message.type === "policy" || (message.type === "beaten" && message.revoked.length === 0);
}
