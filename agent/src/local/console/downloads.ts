/** What an address is, as far as a look without its content tells. */
export type Look = { kind: "file"; total: number | null } | { kind: "page" | "dead" };

export type FetchProgress = {
  bytes: number;
  /** Null while unknown. */
  total: number | null;
  /** Connections that are really at work. */
  connections: number;
};

export type FetchOrder = {
  url: string;
  /** Absolute, this download's own, there already. What an earlier call left in it is gone on with. */
  folder: string;
  onProgress: (progress: FetchProgress) => void;
  /** Ends the call soon; what has come stays in the folder. */
  signal: AbortSignal;
};

export type Fetched =
  /** `file` lies in the order's folder; `name` is safe as the name of one file. */
  { kind: "fetched"; file: string; name: string; bytes: number } | { kind: "failed"; detail: string };

/** The downloader as the console needs it; the composition fills it with the HTTP engine. */
export interface Downloads {
  /** Asks for an address without fetching it, redirects followed and checked. Answers within 10 s and never throws. */
  look(url: string, signal: AbortSignal): Promise<Look>;
  /** Fetches one file. May throw for what a disk does, and when the signal fires. */
  fetch(order: FetchOrder): Promise<Fetched>;
}
