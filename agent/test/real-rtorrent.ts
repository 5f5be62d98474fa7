import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, rm } from "node:fs/promises";
import { createRTorrent, type RTorrent } from "../src/engine/torrent/rtorrent/rtorrent.ts";
import { eventually } from "./eventually.ts";
import { tempFolder } from "./temp-folder.ts";

/** Whether this machine has the program; tests that need it are registered only then. */
export const hasRTorrent = spawnSync("rtorrent", ["-h"], { stdio: "ignore" }).error === undefined;

export type RealRTorrent = AsyncDisposable & {
  client: RTorrent;
  /** `scgi:///…`, its socket. */
  url: string;
  folder: Awaited<ReturnType<typeof tempFolder>>;
  /** Ends it as a crash does and starts it again on the same session. */
  restart(): Promise<void>;
  kill(): Promise<void>;
};

/** What it may do beside; `extra` are options as `-o` has them. */
export type RealRTorrentOptions = { hasTrackers?: boolean; extra?: readonly string[] };

/** Debian's rTorrent with a session of its own, no DHT, no trackers unless wanted, data in `data`. */
export async function realRTorrent(options: RealRTorrentOptions = {}): Promise<RealRTorrent> {
  const folder = await tempFolder();
  await Promise.all(["session", "data"].map((name) => mkdir(folder.at(name))));
  const socket = folder.at("rpc.sock");
  const client = createRTorrent({ endpoint: { kind: "socket", path: socket } });
  let kill = await start(folder.path, client, options);
  return {
    client,
    url: `scgi://${socket}`,
    folder,
    kill: () => kill(),
    restart: async () => {
      await kill();
      kill = await start(folder.path, client, options);
    },
    [Symbol.asyncDispose]: async () => {
      await kill();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Ends it as a crash does when the pipe closes: when it is told to, and when whoever began it is gone, however that came. */
const TIED = 'rtorrent "$@" </dev/null & read _; kill -9 $!; wait $! 2>/dev/null';

async function start(
  folder: string,
  client: RTorrent,
  { hasTrackers = false, extra = [] }: RealRTorrentOptions,
): Promise<() => Promise<void>> {
  // What a killed one leaves behind.
  for (const left of ["session/rtorrent.lock", "rpc.sock"]) await rm(`${folder}/${left}`, { force: true });
  const options = [
    "system.daemon.set=true",
    `network.scgi.open_local=${folder}/rpc.sock`,
    `session.path.set=${folder}/session`,
    `directory.default.set=${folder}/data`,
    "network.port_range.set=20000-60000",
    "network.port_random.set=yes",
    "dht.mode.set=off",
    ...(hasTrackers ? [] : ["trackers.enable=0"]),
    ...extra,
  ];
  const child = spawn("sh", ["-c", TIED, "rtorrent", "-n", ...options.flatMap((option) => ["-o", option])], {
    stdio: ["pipe", "ignore", "ignore"],
    env: { ...process.env, HOME: folder, TERM: "xterm" },
  });
  await eventually(() => client.call("system.client_version", [], new AbortController().signal));
  return async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.stdin.end();
    await exited;
  };
}
