import type { ModId } from "@modfleet/protocol";
import type { Progress } from "../progress.ts";
import type { GetContext } from "./get-context.ts";
import type { Item } from "./look-up.ts";
import type { Asked } from "./result.ts";

/** A torrent that is asked for; `infoHash` is null until the address has told it. */
export type WantedTorrent = {
  infoHash: string | null;
  from: { kind: "magnet"; uri: string } | { kind: "metainfo"; bytes: Uint8Array } | { kind: "url"; url: string };
};

/** One thing to fetch. `item` is null where Steam has not been asked about it yet. */
export type Job = { asked: Asked; key: string } & (
  | { kind: "workshop"; id: ModId; item: Item | null }
  | { kind: "http"; url: string }
  | { kind: "torrent"; torrent: WantedTorrent }
);

export type JobOf<Kind extends Job["kind"]> = Extract<Job, { kind: Kind }>;

/** Where results go. */
export type Wishes = {
  output: string | undefined;
  force: boolean;
  /** Takes a torrent file for any file. */
  asFile: boolean;
};

/** What a job is done with. */
export type Work = { context: GetContext; wishes: Wishes; row: Progress };
