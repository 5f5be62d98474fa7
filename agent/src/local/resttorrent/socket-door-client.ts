import type { Socket } from "socket.io";
import type { Log } from "../../log.ts";
import { type Answer, fail, type Parameters, type RestTorrent } from "./rest-torrent.ts";
import { weigh } from "./weigh.ts";

/** The one event, both ways. */
export type Events = { v1: (...values: unknown[]) => void };
export type ClientSocket = Socket<Events, Events>;

export type SocketClientOptions = {
  rest: Pick<RestTorrent, "execute">;
  /** Commands that wait for their turn; one more is refused, and so is one whose bytes are too many. */
  waitingMax: number;
  waitingBytesMax: number;
  /** Fires when the door closes; a client that leaves ends nothing that it asked for. */
  signal: AbortSignal;
  log: Log;
};

type Command = { name: unknown; parameters: Parameters; bytes: number; reply: (answer: Answer) => void };

/** A slow one must not hold up the others; they begin in the order in which they came. */
const RUNNING_MAX = 8;
/** With more answers than this unsent nothing begins until the client has read. */
const UNSENT_MAX = 64;
/** A client that lets so many answers pile up is cut off. */
const UNSENT_CUT_MAX = 4_096;

/** One Socket.IO client: commands in, each with exactly one answer. */
export class SocketClient {
  /** Settles when the client has gone and everything it asked for is done. */
  readonly ended: Promise<void>;
  readonly #socket: ClientSocket;
  readonly #options: SocketClientOptions;
  readonly #ended = Promise.withResolvers<void>();
  #waiting: Command[] = [];
  #waitingBytes = 0;
  #running = 0;
  #unsent = 0;
  #hasLeft = false;

  constructor(socket: ClientSocket, options: SocketClientOptions) {
    this.#socket = socket;
    this.#options = options;
    this.ended = this.#ended.promise;
    socket.conn.on("packetCreate", () => {
      this.#unsent += 1;
    });
    socket.conn.on("flush", (packets: readonly unknown[]) => {
      this.#unsent -= packets.length;
      this.#goOn();
    });
    socket.on("v1", (...values) => this.#hear(values));
    socket.once("disconnect", () => {
      this.#hasLeft = true;
      this.#goOn();
    });
  }

  #hear(values: readonly unknown[]): void {
    const [message] = values;
    const acknowledge = values.at(-1);
    const bytes = weigh(message);
    const isCommand = isObject(message) && Number.isFinite(bytes);
    const id = isCommand && "t_id" in message ? { t_id: message["t_id"] } : {};
    const reply = (answer: Answer): void => {
      if (typeof acknowledge === "function") acknowledge({ ...answer, ...id });
      else this.#socket.emit("v1", { ...answer, ...id });
      if (this.#unsent > UNSENT_CUT_MAX) this.#socket.conn.close(true);
    };
    if (isCommand) {
      const { t_id: _, command: name, ...parameters } = message;
      this.#line({ name, parameters, bytes, reply });
    } else reply(fail("parameter.invalid", "This is no command: send one object like {t_id, command, …}"));
  }

  #line(command: Command): void {
    const { waitingMax, waitingBytesMax } = this.#options;
    if (this.#waiting.length >= waitingMax || this.#waitingBytes + command.bytes > waitingBytesMax) {
      command.reply(fail("agent.busy", "Too many commands wait: send it again once some are answered"));
    } else {
      this.#waiting.push(command);
      this.#waitingBytes += command.bytes;
      this.#goOn();
    }
  }

  #goOn(): void {
    while (this.#running < RUNNING_MAX && (this.#hasLeft || this.#unsent <= UNSENT_MAX)) {
      const command = this.#options.signal.aborted ? undefined : this.#waiting.shift();
      if (command === undefined) break;
      this.#waitingBytes -= command.bytes;
      this.#running += 1;
      // It catches everything itself.
      void this.#run(command);
    }
    const isIdle = this.#running === 0 && (this.#waiting.length === 0 || this.#options.signal.aborted);
    if (this.#hasLeft && isIdle) this.#ended.resolve();
  }

  async #run({ name, parameters, reply }: Command): Promise<void> {
    reply(await this.#answer(name, parameters));
    this.#running -= 1;
    this.#goOn();
  }

  async #answer(name: unknown, parameters: Parameters): Promise<Answer> {
    const { rest, signal, log } = this.#options;
    if (typeof name !== "string") return fail("command.unknown", "The command must be a text like get_session_list");
    try {
      return await rest.execute(name, parameters, signal);
    } catch (cause) {
      if (signal.aborted) return fail("agent.busy", "The agent stops; send it again when it is back");
      log.error("A command of RestTorrent failed", { command: name, cause });
      return fail("agent.failed", "Something went wrong, the agent's log says what");
    }
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}
