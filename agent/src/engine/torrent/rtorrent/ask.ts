import { faultOf } from "./read-xml-rpc.ts";
import { RTorrentError } from "./rtorrent-error.ts";
import type { XmlRpcValue } from "./xml-rpc.ts";

export type Call = (method: string, params: readonly XmlRpcValue[], signal: AbortSignal) => Promise<XmlRpcValue>;

/** The answers to `commands` for every download, with one question. A command's argument stands behind its `=`. */
export async function askAll(
  call: Call,
  commands: readonly string[],
  signal: AbortSignal,
): Promise<readonly XmlRpcValue[][]> {
  const asked = commands.map((command) => (command.includes("=") ? command : `${command}=`));
  return arrayOf(await call("d.multicall2", ["", "main", ...asked], signal)).map(arrayOf);
}

/** The same for one download; null when the server does not know it. */
export async function askOne(
  call: Call,
  { hash, commands }: { hash: string; commands: readonly string[] },
  signal: AbortSignal,
): Promise<XmlRpcValue[] | null> {
  const target = checkHash(hash);
  const calls = commands.map((command) => {
    const [methodName = "", argument] = command.split("=");
    return { methodName, params: argument === undefined ? [target] : [target, argument] };
  });
  // One single-element array, or one fault, per command.
  const answers = arrayOf(await call("system.multicall", [calls], signal));
  const fault = answers.map(faultOf).find((found) => found !== null);
  if (fault === undefined) return answers.map((answer) => arrayOf(answer)[0] ?? null);
  if (isUnknownHash(fault.message)) return null;
  throw new RTorrentError("fault", fault.message);
}

/** Whether a fault says that there is no such download. */
export const isUnknownHash = (message: string): boolean => /info-hash/i.test(message);

/** A target of rTorrent can also name files and trackers (`<hash>:f0`); only whole downloads are meant here. */
export function checkHash(hash: string): string {
  if (/^[0-9A-Fa-f]{40}$/.test(hash)) return hash.toUpperCase();
  throw new RTorrentError("fault", `Not an info-hash: ${JSON.stringify(hash.slice(0, 80))}`);
}

function arrayOf(value: XmlRpcValue): XmlRpcValue[] {
  if (Array.isArray(value)) return value;
  throw new RTorrentError("nonsense", "rTorrent answered something else than a list");
}
