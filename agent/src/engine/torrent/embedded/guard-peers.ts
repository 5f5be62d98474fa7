import type { Torrent } from "webtorrent";
import type { Wire } from "webtorrent/lib/webconn.js";
import type { EmbeddedLimits } from "./limits.ts";
import { mayReach, parsePeerAddress, peerAddressText, plainIp } from "./peer-address.ts";

export type PeerRules = {
  allowPrivate: boolean;
  limits: EmbeddedLimits;
  /** What an address is tried over first; the other one comes next. */
  first: "tcp" | "utp";
  ownPeerId: string;
};

export type PeerGuard = {
  /** Cuts a peer off, and its address for as long as this torrent runs. */
  ban(wire: Wire): void;
  /** Takes note of a handshake; bans ourselves, where a tracker has sent us to our own door. */
  greet(wire: Wire): void;
};

/**
 * Decides which peers a torrent may have. WebTorrent would connect to any name and any network, tries dead addresses for ever, and
 * speaks uTP first, so that each peer without it costs most of a minute.
 */
export function guardPeers(torrent: Torrent, { allowPrivate, limits, first, ownPeerId }: PeerRules): PeerGuard {
  const connect = torrent._addPeer.bind(torrent);
  const welcome = torrent._addIncomingPeer.bind(torrent);
  const attempts = new Map<string, number>();
  const banned = new Set<string>();
  const isFull = (): boolean => (torrent._peers?.size ?? 0) >= limits.peersMax;

  torrent._addPeer = (text, type, source) => {
    const address = parsePeerAddress(text);
    if (address === null || !mayReach(address, allowPrivate) || banned.has(address.ip) || isFull()) return null;
    const known = peerAddressText(address);
    const tries = attempts.get(known) ?? 0;
    if (tries >= limits.attemptsMax || attempts.size >= limits.peersMax * 4) return null;
    const peer = connect(known, type, source);
    if (peer !== null) attempts.set(known, tries + 1);
    return peer;
  };
  torrent.addPeer = (text, source) => {
    if (torrent.destroyed) return false;
    const address = parsePeerAddress(text);
    if (address === null) return false;
    attempts.delete(peerAddressText(address));
    return torrent._addPeer(text, address.ip.includes(":") ? "tcp" : first, source) !== null;
  };
  torrent._addIncomingPeer = (peer) => {
    if (peer.destroyed) return;
    const isBanned = banned.has(plainIp(peer.conn?.remoteAddress ?? ""));
    if (isBanned || isFull()) peer.destroy(new Error("Not welcome"));
    else welcome(peer);
  };

  const ban = (wire: Wire): void => {
    // A whole house is not shut out for one hostile process in it when peers may be neighbours.
    if (wire.remoteAddress !== undefined && !allowPrivate) banned.add(plainIp(wire.remoteAddress));
    if (wire.remoteAddress !== undefined) attempts.set(textOf(wire), limits.attemptsMax);
    wire.destroy();
  };
  return {
    ban,
    greet(wire) {
      if (wire.peerId === ownPeerId) ban(wire);
      else attempts.delete(textOf(wire));
    },
  };
}

const textOf = ({ remoteAddress = "", remotePort = 0 }: Wire): string =>
  peerAddressText({ ip: plainIp(remoteAddress), port: remotePort });
