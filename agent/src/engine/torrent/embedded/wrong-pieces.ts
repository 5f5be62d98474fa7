import type { Torrent } from "webtorrent";
import type { Wire } from "webtorrent/lib/webconn.js";

/** Cuts off who sends wrong pieces: at once who sent a whole one, after `max` pieces who had a part in them. */
export function watchWrongPieces(torrent: Torrent, max: number, ban: (wire: Wire) => void): (wire: Wire) => void {
  const senders = new Map<number, Set<Wire>>();
  const faults = new Map<Wire, number>();

  torrent.on("verified", (index: number) => void senders.delete(index));
  torrent.on("warning", (warning: Error) => {
    const [, index] = /^Piece (\d+) failed verification$/.exec(warning.message) ?? [];
    const wires = senders.get(Number(index)) ?? new Set<Wire>();
    senders.delete(Number(index));
    for (const wire of wires) {
      const count = (faults.get(wire) ?? 0) + 1;
      faults.set(wire, count);
      if (wires.size === 1 || count >= max) ban(wire);
    }
  });

  return (wire) => {
    wire.on("piece", (index: number) => {
      // Nobody asked for anything else, so what is sent for it has no effect.
      if (torrent.pieces[index] === null || torrent.pieces[index] === undefined) return;
      const wires = senders.get(index) ?? new Set<Wire>();
      senders.set(index, wires.add(wire));
    });
    wire.once("close", () => {
      faults.delete(wire);
      for (const wires of senders.values()) wires.delete(wire);
    });
  };
}
