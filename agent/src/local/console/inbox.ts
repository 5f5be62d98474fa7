import type { Frame } from "./conversation.ts";

/** With so many frames waiting no more are read; with so few left they are again. */
const FULL = 64;
const ROOM = 16;

/** Frames that wait to be heard, in their order. What is read stays bounded because the reader is asked to stop. */
export class Inbox {
  readonly #onFull: () => void;
  readonly #onRoom: () => void;
  #frames: Frame[] = [];
  #bell = Promise.withResolvers<void>();
  #ended = false;

  constructor({ onFull, onRoom }: { onFull: () => void; onRoom: () => void }) {
    this.#onFull = onFull;
    this.#onRoom = onRoom;
  }

  push(frame: Frame): void {
    this.#frames.push(frame);
    if (this.#frames.length === FULL) this.#onFull();
    this.#bell.resolve();
  }

  /** Nothing more will come; what waits is still given out. */
  end(): void {
    this.#ended = true;
    this.#bell.resolve();
  }

  some(test: (frame: Frame) => boolean): boolean {
    return this.#frames.some(test);
  }

  drop(): void {
    this.#frames = [];
    this.end();
  }

  async *frames(): AsyncGenerator<Frame> {
    for (;;) {
      const frame = this.#frames.shift();
      if (frame !== undefined) {
        if (this.#frames.length === ROOM) this.#onRoom();
        yield frame;
      } else if (this.#ended) {
        return;
      } else {
        await this.#bell.promise;
        this.#bell = Promise.withResolvers();
      }
    }
  }
}
