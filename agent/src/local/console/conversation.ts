/** A text frame; null for a binary one, and for one that is too long to be anything. */
export type Frame = string | null;

/** One client's side of the console. Frames are heard one at a time; `hear` resolves when the next may come. */
export interface Conversation {
  hear(frame: Frame): Promise<void>;
  /** Whether a frame has to be heard although its client has left. */
  owes(this: void, frame: Frame): boolean;
  /** Everything was heard, the client is gone. Resolves when nothing of it is at work any more. */
  end(): Promise<void>;
}

/** Sends one frame; resolves when the client has room for more, or is gone. */
export type Say = (text: string) => Promise<void>;
