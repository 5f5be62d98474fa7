import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, open, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { createRTorrent } from "../src/engine/torrent/rtorrent/rtorrent.ts";
import { bencode } from "../test/a-torrent.ts";
import { fixedTracker } from "../test/fixed-tracker.ts";
import type { TempFolder } from "../test/temp-folder.ts";

const MIB = 1024 ** 2;
const LOOKS_MAX = 1_200;
const LOOK_MS = 100;

export type Seeder = AsyncDisposable & { torrentFile: string; hash: string; content: string };

/** An rTorrent that has one file of noise whole, and a tracker that tells everybody of it. */
export async function startSeeder(folder: TempFolder, mebibytes: number): Promise<Seeder> {
  const host = ownAddress();
  const port = await freePort();
  const tracker = await fixedTracker([port], host);
  const { torrent, hash } = await writeNoise(folder, { mebibytes, announce: tracker.url });
  const torrentFile = folder.at("payload.torrent");
  await writeFile(torrentFile, torrent);
  const rtorrent = startRTorrent(folder, port);
  const client = createRTorrent({ endpoint: { kind: "socket", path: folder.at("seeder/rpc.sock") } });
  const signal = new AbortController().signal;
  await until(() => client.call("system.client_version", [], signal).then(Boolean, () => false));
  await client.load({ from: torrentFile, start: true }, signal);
  await until(async () => {
    const download = await client.get(hash, signal);
    return download?.isComplete === true && download.isActive && !download.isHashing;
  });
  const stop = async (): Promise<void> => {
    // It has nothing that is to be kept.
    rtorrent.kill("SIGKILL");
    await rtorrent;
    await tracker[Symbol.asyncDispose]();
  };
  return {
    torrentFile,
    hash: hash.toLowerCase(),
    content: folder.at("seeder/data/payload.bin"),
    [Symbol.asyncDispose]: stop,
  };
}

/** Pieces of 1 MiB; never more than one of them in memory. */
async function writeNoise(folder: TempFolder, { mebibytes, announce }: { mebibytes: number; announce: string }) {
  await mkdir(folder.at("seeder/data"), { recursive: true });
  await mkdir(folder.at("seeder/session"));
  const hashes: Buffer[] = [];
  const file = await open(folder.at("seeder/data/payload.bin"), "w");
  for (let i = 0; i < mebibytes; i += 1) {
    const piece = randomBytes(MIB);
    hashes.push(createHash("sha1").update(piece).digest());
    await file.write(piece);
  }
  await file.close();
  const info = { name: "payload.bin", length: mebibytes * MIB, "piece length": MIB, pieces: Buffer.concat(hashes) };
  const hash = createHash("sha1").update(bencode(info)).digest("hex");
  return { torrent: bencode({ announce, info }), hash: hash.toUpperCase() };
}

function startRTorrent(folder: TempFolder, port: number) {
  const options = [
    ...["system.daemon.set=true", `network.scgi.open_local=${folder.at("seeder/rpc.sock")}`],
    ...[`session.path.set=${folder.at("seeder/session")}`, `directory.default.set=${folder.at("seeder/data")}`],
    ...[
      `network.port_range.set=${port}-${port}`,
      "network.port_random.set=no",
      "dht.mode.set=off",
      "trackers.enable=0",
    ],
  ];
  return execa("rtorrent", ["-n", ...options.flatMap((option) => ["-o", option])], {
    ...{ stdin: "ignore", stdout: "ignore", stderr: "ignore", reject: false },
    env: { HOME: folder.at("seeder"), TERM: "xterm" },
  });
}

/** Transmission 3.00 connects to no peer on 127.0.0.1; what is sent to an own address stays on loopback as well. */
function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const own = all.find(({ family, internal }) => family === "IPv4" && !internal);
  if (own !== undefined) return own.address;
  throw new Error("Cannot compare with Transmission: this machine has no IPv4 address but 127.0.0.1");
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "0.0.0.0");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("No port");
  return address.port;
}

/** Asks until the answer is yes. Throws after two minutes. */
export async function until(check: () => Promise<boolean>): Promise<void> {
  for (let look = 0; look < LOOKS_MAX; look += 1) {
    if (await check()) return;
    await delay(LOOK_MS);
  }
  throw new Error("It did not come about within two minutes");
}
