/** What a runtime's WebSocket must offer. `node-upgrade.ts` and `deno-upgrade.ts` implement it; one suite checks both. */
export interface Socket {
  /** Queues one text frame. On a socket that is closing it does nothing. */
  send(frame: string): void;
  /** Starts the closing handshake. The transport cuts the line when the peer does not answer it. */
  close(code: number, reason: string): void;
  /** Bytes that wait in this process for a slow peer. */
  bufferedAmount(): number;
  /** Called once, before the first frame can arrive. */
  listen(listener: SocketListener): void;
}

export type SocketListener = {
  /** A whole text frame; null for a binary one. */
  frame(text: string | null): void;
  /** The line is gone, whoever ended it. Called once. */
  closed(): void;
};
