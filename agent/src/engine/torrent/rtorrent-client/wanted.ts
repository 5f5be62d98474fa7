import { checkHash } from "../rtorrent/ask.ts";
import type { RTorrent } from "../rtorrent/rtorrent.ts";

/** Calls in one question; each takes about 250 bytes of the half MiB that rTorrent reads. */
const AT_ONCE = 1_000;

/** Says of each file, in the torrent's order, whether it is wanted. */
export async function setWanted(
  rtorrent: RTorrent,
  { hash, wanted }: { hash: string; wanted: readonly boolean[] },
  signal: AbortSignal,
): Promise<void> {
  const target = checkHash(hash);
  const calls = wanted.map((isWanted, index) => ({
    methodName: "f.priority.set",
    params: [`${target}:f${index}`, isWanted ? 1 : 0],
  }));
  for (let at = 0; at < calls.length; at += AT_ONCE) {
    await rtorrent.call("system.multicall", [calls.slice(at, at + AT_ONCE)], signal);
  }
  await rtorrent.call("d.update_priorities", [target], signal);
}
