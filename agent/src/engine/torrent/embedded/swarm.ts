import type { AddSettings, Parsed, Torrent } from "webtorrent";
import type { Wire } from "webtorrent/lib/webconn.js";
import type { Announcement } from "./announcement.ts";
import { type Announcer, startAnnouncer } from "./announcer.ts";
import type { Context } from "./context.ts";
import type { EmbeddedPeer } from "./embedded.ts";
import { guardPeers } from "./guard-peers.ts";
import { limitPieces } from "./guard-wires.ts";
import { plainIp } from "./peer-address.ts";
import { watchWrongPieces } from "./wrong-pieces.ts";

export type SwarmOrder = {
  parsed: Parsed;
  settings: AddSettings;
  trackers: readonly string[];
  /** When peers are looked for: at once, or after what lies on the disk has been compared. */
  beginsWith: "infoHash" | "ready";
  /** `ip:port` of peers that are known already. */
  peers: readonly string[];
  about: () => Pick<Announcement, "uploaded" | "downloaded" | "left">;
  onWire: (wire: Wire, ban: () => void) => void;
  /** The torrent has ended itself: its disk failed, or the library did. */
  onError: (error: Error) => void;
};

/** A torrent that is at work, and whoever it talks with. */
export type Swarm = {
  readonly torrent: Torrent;
  peers(): EmbeddedPeer[];
  /** Addresses that connections can be made to. */
  addresses(): string[];
  trackerProblem(): string | null;
  complete(): void;
  /** Ends all traffic; resolves when the library has let go of everything. */
  stop(): Promise<void>;
};

/** Puts a torrent to work, with all guards on its peers. */
export function openSwarm(context: Context, order: SwarmOrder): Swarm {
  const { client, reach, limits, port, first } = context;
  const torrent = client.add(order.parsed, order.settings);
  const rules = { allowPrivate: reach.allowPrivate, limits, first, ownPeerId: client.peerId };
  const guard = guardPeers(torrent, rules);
  const watchPieces = watchWrongPieces(torrent, limits.wrongPiecesMax, guard.ban);
  const addPeers = (addresses: readonly string[]): void => {
    for (const address of addresses) torrent.addPeer(address);
  };
  torrent.on("error", order.onError);
  torrent.on("wire", (wire: Wire) => {
    if (wire.type === "webSeed") return;
    guard.greet(wire);
    limitPieces(wire, order.parsed.pieces?.length ?? 0);
    boundRequests(wire, limits.requestsMax);
    watchPieces(wire);
    order.onWire(wire, () => guard.ban(wire));
    // WebTorrent listens one turn after the handshake, and misses an unchoke that came in the same packet.
    setImmediate(() => (torrent.ready && !torrent.destroyed ? torrent._update() : null));
  });
  let announcer: Announcer | null = null;
  torrent.once(order.beginsWith, () => {
    addPeers(order.peers);
    announcer = startAnnouncer({
      ...{ trackers: order.trackers, reach, limits, onPeers: addPeers },
      about: () => ({ infoHash: order.parsed.infoHash, peerId: client.peerId, port, ...order.about() }),
    });
  });

  return {
    torrent,
    peers: () => torrent.wires.flatMap(toPeer),
    addresses: () =>
      [...(torrent._peers?.values() ?? [])]
        .filter(({ type }) => type.endsWith("Outgoing"))
        .flatMap(({ addr }) => addr ?? []),
    trackerProblem: () => announcer?.problem() ?? null,
    complete: () => announcer?.complete(),
    async stop() {
      const silent = announcer?.stop();
      if (!torrent.destroyed) await new Promise<void>((done) => torrent.destroy({ destroyStore: false }, done));
      await silent;
    },
  };
}

/** WebTorrent asks for a second's worth of blocks, however fast the peer is, unless the peer says what it bears. */
function boundRequests(wire: Wire, max: number): void {
  wire.extendedHandshake["reqq"] = max;
  wire.peerExtendedHandshake = { reqq: max };
  wire.on("extended", (name: unknown) => {
    if (name !== "handshake") return;
    const said = wire.peerExtendedHandshake["reqq"];
    wire.peerExtendedHandshake["reqq"] = typeof said === "number" && said > 0 ? Math.min(said, max) : max;
  });
}

function toPeer({ type, remoteAddress, remotePort }: Wire): EmbeddedPeer[] {
  if (type === "" || type === "webSeed" || remoteAddress === undefined) return [];
  const ip = plainIp(remoteAddress);
  const address = ip.includes(":") ? `[${ip}]:${remotePort}` : `${ip}:${remotePort}`;
  return [{ address, over: type.startsWith("utp") ? "utp" : "tcp", isIncoming: type.endsWith("Incoming") }];
}
