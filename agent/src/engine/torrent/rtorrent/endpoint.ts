/** Where rTorrent listens: behind a web server, or at its own SCGI port or socket. */
export type RTorrentEndpoint =
  | { kind: "http"; url: URL }
  | { kind: "scgi"; host: string; port: number }
  | { kind: "socket"; path: string };

/** Carries one document there and one back. Rejects with `RTorrentError`, or the reason of an aborted signal. */
export type Transport = (document: string, options: TransportOptions) => Promise<string>;
export type TransportOptions = { answerBytesMax: number; signal: AbortSignal };
