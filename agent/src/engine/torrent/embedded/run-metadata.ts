import { createHash } from "node:crypto";
import type { Wire } from "webtorrent/lib/webconn.js";
import type { Context } from "./context.ts";
import { openSwarm, type Swarm } from "./swarm.ts";

export type MetadataOrder = {
  infoHash: string;
  trackers: readonly string[];
  peers: readonly string[];
  /** The info dictionary, its hash checked and nothing else; called once. */
  onInfo: (info: Uint8Array) => void;
  onError: (error: Error) => void;
};

/** Looks for somebody who has the metadata of a magnet link (BEP 9). WebTorrent never reads it: it would begin to write files at once. */
export function runMetadata(context: Context, order: MetadataOrder): Swarm {
  const { infoHash } = order;
  let isFound = false;
  const take = (wire: Wire, ban: () => void): void => {
    const extension = wire.ut_metadata;
    if (extension === undefined) return;
    extension.setMetadata = async (metadata) => {
      extension.cancel();
      if (createHash("sha1").update(metadata).digest("hex") !== infoHash) ban();
      else if (!isFound) {
        isFound = true;
        order.onInfo(Uint8Array.from(metadata));
      }
      // Otherwise it would ask the same peer again.
      return true;
    };
  };
  return openSwarm(context, {
    ...{ trackers: order.trackers, peers: order.peers, onWire: take, onError: order.onError },
    parsed: { infoHash, announce: [], urlList: [] },
    settings: {},
    beginsWith: "infoHash",
    // Trackers give no peers to those who want nothing.
    about: () => ({ uploaded: 0, downloaded: 0, left: 16_384 }),
  });
}
