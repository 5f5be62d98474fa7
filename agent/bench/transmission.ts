import { readFile } from "node:fs/promises";
import { execa } from "execa";
import { z } from "zod";
import type { TempFolder } from "../test/temp-folder.ts";
import { memoryOf } from "./memory.ts";
import { type Pace, paceOf } from "./pace.ts";
import { freePort, until } from "./torrent-engine-seeder.ts";

const Torrents = z.object({ torrents: z.array(z.object({ haveValid: z.number(), haveUnchecked: z.number() })) });
const Answer = z.object({ result: z.literal("success"), arguments: z.unknown() });
type Call = (method: string, given?: Readonly<Record<string, unknown>>) => Promise<unknown>;

/** One download into the folder's `transmission`, which must not be there yet; memory is that of the daemon, at its peak. */
export async function fetchWithTransmission(
  folder: TempFolder,
  { torrentFile, bytes }: { torrentFile: string; bytes: number },
): Promise<Pace & { peakBytes: number }> {
  const [port, peerPort] = [await freePort(), await freePort()];
  // Alone with the seeder: no other way to find peers, and no uTP, which rTorrent does not speak.
  const ways = ["--no-dht", "--no-lpd", "--no-utp", "--no-portmap", "--encryption-tolerated", "--no-auth"];
  const folders = ["-g", folder.at("transmission-config"), "-w", folder.at("transmission")];
  const where = [...folders, "-p", `${port}`, "-P", `${peerPort}`];
  const daemon = execa("transmission-daemon", ["-f", ...where, ...ways], { stdin: "ignore", reject: false });
  const call = createCall(`http://127.0.0.1:${port}/transmission/rpc`);
  const metainfo = (await readFile(torrentFile)).toString("base64");
  try {
    await until(() => call("session-get").then(Boolean, () => false));
    const pace = await paceOf(
      () => call("torrent-add", { metainfo }),
      () => bytesOf(call),
      bytes,
    );
    return { ...pace, peakBytes: memoryOf(daemon.pid).peak };
  } finally {
    daemon.kill("SIGKILL");
    await daemon;
  }
}

async function bytesOf(call: Call): Promise<number> {
  const { torrents } = Torrents.parse(await call("torrent-get", { fields: ["haveValid", "haveUnchecked"] }));
  return torrents.reduce((sum, { haveValid, haveUnchecked }) => sum + haveValid + haveUnchecked, 0);
}

const SESSION = "x-transmission-session-id";

/** JSON over HTTP; it answers 409 with the id of the session that it wants to be asked in. */
function createCall(url: string): Call {
  let session = "";
  const ask = (body: string): Promise<Response> =>
    fetch(url, { method: "POST", body, headers: { [SESSION]: session } });
  return async (method, given = {}) => {
    const body = JSON.stringify({ method, arguments: given });
    let answer = await ask(body);
    if (answer.status === 409) {
      session = answer.headers.get(SESSION) ?? "";
      answer = await ask(body);
    }
    return Answer.parse(await answer.json()).arguments;
  };
}
