import type { Torrent } from "webtorrent";
import type { Wire } from "webtorrent/lib/webconn.js";
import { type Attempt, createAttempts } from "./attempts.ts";
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
 * Decides which peers a torrent may have, and how they are tried. WebTorrent would connect to any name and any network, tries dead
 * addresses for ever, speaks uTP first, so that each peer without it costs most of a minute, and encrypts with all or with none.
 */
export function guardPeers(torrent: Torrent, { allowPrivate, limits, first, ownPeerId }: PeerRules): PeerGuard {
  const connect = torrent._addPeer.bind(torrent);
  const welcome = torrent._addIncomingPeer.bind(torrent);
  const attempts = createAttempts({ triesMax: limits.attemptsMax, addressesMax: limits.peersMax * 4 });
  const banned = new Set<string>();
  const isFull = (): boolean => (torrent._peers?.size ?? 0) >= limits.peersMax;

  torrent._addPeer = (text, _, source) => {
    const address = parsePeerAddress(text);
    if (address === null || !mayReach(address, allowPrivate) || banned.has(address.ip) || isFull()) return null;
    const known = peerAddressText(address);
    const canUtp = torrent.client.utp && !address.ip.includes(":");
    const attempt = attempts.next(known, { first: canUtp ? first : "tcp", canUtp });
    const peer = attempt && inManner(torrent.client, attempt, () => connect(known, attempt.over, source));
    if (attempt === null || peer === null) return null;
    attempts.note(known, attempt);
    peer.once("connect", () => {
      attempt.isReached = true;
    });
    return peer;
  };
  torrent.addPeer = (text, source) => {
    if (torrent.destroyed) return false;
    const address = parsePeerAddress(text);
    if (address === null) return false;
    attempts.renew(peerAddressText(address));
    return torrent._addPeer(text, first, source) !== null;
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
    if (wire.remoteAddress !== undefined) attempts.giveUp(textOf(wire));
    wire.destroy();
  };
  return {
    ban,
    greet(wire) {
      if (wire.peerId === ownPeerId) ban(wire);
      else attempts.forget(textOf(wire));
    },
  };
}

/** WebTorrent reads the setting when a connection is made; those that come in may always choose. */
function inManner<T>(client: Torrent["client"], { isSecure }: Attempt, act: () => T): T {
  const usual = client.secure;
  client.secure = isSecure ? 1 : 0;
  try {
    return act();
  } finally {
    client.secure = usual;
  }
}

const textOf = ({ remoteAddress = "", remotePort = 0 }: Wire): string =>
  peerAddressText({ ip: plainIp(remoteAddress), port: remotePort });
