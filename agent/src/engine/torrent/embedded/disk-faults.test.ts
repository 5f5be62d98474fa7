import { spawn } from "node:child_process";
import { rm } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { aTorrent } from "../../../../test/a-torrent.ts";
import { embedded, never, readBytes, seed, untilStatus } from "../../../../test/embedded-torrents.ts";
import { filesIn } from "../../../../test/fake-steamcmd-engine.ts";
import { exists, orderOf } from "../../../../test/torrent-client-bench.ts";
import { served, textsOf } from "../../../../test/torrent-stage.ts";
import { torrentSwarm } from "../../../../test/torrent-swarm.ts";

const CHILD = fileURLToPath(new URL("../../../../test/torrent-child.ts", import.meta.url));

/** Fetches one torrent in a process whose files may have at most so many KiB; what it says last is the outcome. */
async function fetchWithin(kibibytes: number, args: readonly string[]): Promise<unknown> {
  // The signal ends a process; where it is ignored, the disk's answer is EFBIG.
  const shell = `trap '' XFSZ; ulimit -f ${kibibytes}; exec "$0" "$@"`;
  const child = spawn("bash", ["-c", shell, process.execPath, CHILD, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let last: unknown = null;
  for await (const line of createInterface(child.stdout)) last = JSON.parse(line);
  return last;
}

test("torrentEngineOf() ends a job as disk_full when the disk takes no more, and brings it once there is room", async () => {
  const { torrent, folder } = await torrentSwarm((announce) => aTorrent("map.bsp", 2_000_000, announce));
  const torrentUrl = await served(torrent.content);
  const args = [folder.at("data"), folder.at("job"), torrentUrl];

  const full = await fetchWithin(1_000, args);
  const fetched = await fetchWithin(1_000_000, args);

  expect(full).toMatchObject({ kind: "failed", failure: { code: "disk_full" } });
  expect(fetched).toMatchObject({ kind: "fetched" });
  expect(await filesIn(folder.at("job/content"))).toEqual(textsOf(torrent, "map.bsp"));
});

/** A client with one torrent whose state can be written no more. */
async function unwritable() {
  const { folder, torrent, tracker } = await torrentSwarm((announce) => aTorrent("one.bin", 50_000, announce));
  tracker.peers.length = 0;
  const client = await embedded({ stateFolder: folder.at("state") });
  await seed(folder, { client, torrent, name: "one.bin" });
  await rm(folder.at("state"), { recursive: true });
  await folder.write({ state: "no folder" });
  return { folder, torrent, client, [Symbol.asyncDispose]: () => client.close() };
}

test("remove() takes the data away although nothing can be noted any more", async () => {
  await using world = await unwritable();
  const { client, torrent, folder } = world;

  await client.remove(torrent.hash, { deleteData: true }, never).catch(() => undefined);

  expect(await client.list(never)).toEqual([]);
  expect(await exists(folder.at("seed/one.bin"))).toBe(false);
});

test("pause() holds a torrent although that cannot be noted, and says so", async () => {
  await using world = await unwritable();
  const { client, torrent } = world;

  await expect(client.pause(torrent.hash, never)).rejects.toMatchObject({ name: "TorrentError", problem: "disk" });

  expect(await client.get(torrent.hash, never)).toMatchObject({ isPaused: true, peers: 0 });
});

test("add() during close() begins nothing, and during remove() waits for its end", async () => {
  const { folder, torrent, seeder } = await torrentSwarm((announce) => aTorrent("one.bin", 50_000, announce));
  const client = await embedded();
  await seed(folder, { client, torrent, name: "one.bin" });
  const order = orderOf(torrent, folder.at("seed"));

  const adding = client.remove(torrent.hash, { deleteData: true }, never);
  const again = client.add(order, never);
  await Promise.all([adding, again]);
  await untilStatus(client, torrent.hash, { phase: "complete" });
  const late = aTorrent("late.bin", 50_000);
  const [added] = await Promise.allSettled([client.add(orderOf(late, folder.at("late")), never), client.close()]);

  expect(await readBytes(folder, "seed/one.bin")).toEqual(torrent.files["one.bin"]);
  expect(seeder.blocks).toBeGreaterThan(0);
  expect(added).toMatchObject({ status: "rejected", reason: { problem: "unreachable" } });
  await expect(client.resume(torrent.hash, never)).rejects.toMatchObject({ problem: "unreachable" });
});
