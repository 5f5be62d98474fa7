import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { aTorrent } from "../../../../test/a-torrent.ts";
import { embedded, magnetTo, never, readBytes, seed, untilStatus } from "../../../../test/embedded-torrents.ts";
import { tempFolder } from "../../../../test/temp-folder.ts";

const PROGRAM = fileURLToPath(new URL("../../../../test/embedded-torrent-child.ts", import.meta.url));
const HASHED = "What lies on disk is hashed";
const TRUSTED = "What was verified before is trusted";

/** Changes a file and leaves its size and time as they were: only who hashes it can see that. */
async function spoil(path: string): Promise<void> {
  const { atime, mtime, mtimeMs } = await stat(path);
  const bytes = await readFile(path);
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  await writeFile(path, bytes);
  await utimes(path, atime, mtime);
  // Not every time survives being set; then a test would prove nothing.
  expect(Math.trunc((await stat(path)).mtimeMs)).toBe(Math.trunc(mtimeMs));
}

test("createEmbeddedClient() has everything back after a restart, and trusts a clean close", async () => {
  await using folder = await tempFolder();
  await using seeder = await embedded();
  const [big, small] = [aTorrent("multi", { "a.bin": 50_000, "b.bin": 50_000 }), aTorrent("one.bin", 30_000)];
  await seed(folder, { client: seeder, torrent: big, name: "multi" });
  const stateFolder = folder.at("state");
  const first = await embedded({ stateFolder });
  const order = { folder: folder.at("got"), files: ["multi/b.bin"] };
  await first.add({ from: { kind: "magnet", uri: magnetTo(big, seeder) }, ...order }, never);
  await first.add(
    { from: { kind: "metainfo", bytes: small.content }, folder: folder.at("got"), isPaused: true },
    never,
  );
  const lost = {
    from: { kind: "magnet" as const, uri: `magnet:?xt=urn:btih:${"a".repeat(40)}&dn=Lost` },
    folder: folder.at("got"),
  };
  await first.add(lost, never);
  await first.add(
    { ...lost, from: { kind: "magnet", uri: `magnet:?xt=urn:btih:${"b".repeat(40)}` }, isKept: false },
    never,
  );
  await untilStatus(first, big.hash, { phase: "complete" });
  await first.close();
  const file = folder.at("got/multi/b.bin");
  const { mtime } = await stat(file);
  // Times are kept with less than a millisecond on the disk; what is set is not, so it is set before anybody looks.
  await utimes(file, mtime, mtime);
  const second = await embedded({ stateFolder });
  await untilStatus(second, big.hash, { phase: "complete" });
  await second.close();
  await spoil(file);

  await using third = await embedded({ stateFolder });
  const done = await untilStatus(third, big.hash, {
    phase: "complete",
    bytes: 50_000,
    totalBytes: 50_000,
    isPaused: false,
  });

  expect(done).toMatchObject({ name: "multi", folder: folder.at("got") });
  expect(third.logged.map(({ message }) => message)).toEqual([TRUSTED]);
  expect((await third.list(never)).map(({ infoHash }) => infoHash).toSorted()).toEqual(
    [big.hash.toLowerCase(), small.hash.toLowerCase(), "a".repeat(40)].toSorted(),
  );
  expect(await third.get(small.hash, never)).toMatchObject({ isPaused: true, phase: "downloading", name: "one.bin" });
  expect(await third.get("a".repeat(40), never)).toMatchObject({ isPaused: false, phase: "metadata", name: "Lost" });
  expect((await third.files(big.hash, never)).map(({ isWanted }) => isWanted)).toEqual([false, true]);
});

test("createEmbeddedClient() hashes what was changed while it was away, and fetches it again", async () => {
  await using folder = await tempFolder();
  await using seeder = await embedded();
  const torrent = aTorrent("one.bin", 100_000);
  await seed(folder, { client: seeder, torrent, name: "one.bin" });
  const stateFolder = folder.at("state");
  const first = await embedded({ stateFolder });
  await first.add({ from: { kind: "magnet", uri: magnetTo(torrent, seeder) }, folder: folder.at("got") }, never);
  await untilStatus(first, torrent.hash, { phase: "complete" });
  await first.close();
  await writeFile(folder.at("got/one.bin"), Buffer.alloc(60_000));

  await using second = await embedded({ stateFolder });
  await untilStatus(second, torrent.hash, { phase: "complete" });

  expect(second.logged.map(({ message }) => message)).toEqual([HASHED]);
  expect(await readBytes(folder, "got/one.bin")).toEqual(torrent.files["one.bin"]);
});

test("createEmbeddedClient() sets a damaged state aside, says so, and goes on with the others", async () => {
  await using folder = await tempFolder();
  const stateFolder = folder.at("state");
  const torrents = [aTorrent("a.bin", 10), aTorrent("b.bin", 10), aTorrent("c.bin", 10)];
  const first = await embedded({ stateFolder });
  for (const { content } of torrents) {
    await first.add({ from: { kind: "metainfo", bytes: content }, folder: folder.at("got"), isPaused: true }, never);
  }
  await first.close();
  const [one, two, three] = torrents.map(({ hash }) => hash.toLowerCase());
  await folder.write({
    [`state/${one}.json`]: '{"version":1',
    [`state/${two}.metainfo`]: "bm9uZQ==",
    "state/x.json": "{}",
  });

  await using second = await embedded({ stateFolder });

  expect(await second.list(never)).toMatchObject([{ infoHash: three }]);
  expect(second.logged.filter(({ message }) => message.includes("damaged"))).toHaveLength(2);
  expect(await readdir(stateFolder)).toEqual(expect.arrayContaining([`${one}.json.damaged`, `${two}.json.damaged`]));
});

type Life = { args: string[]; untilBytes: number; end: "kill" | "close" };

/** Runs a client in a process of its own until it has so many bytes; resolves when the process is gone. */
async function live({ args, untilBytes, end }: Life): Promise<number | null> {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const exited = once(child, "exit");
  for await (const line of createInterface({ input: child.stdout })) {
    if (Number(line) < untilBytes) continue;
    if (end === "kill") child.kill("SIGKILL");
    else child.stdin.write("close\n");
    break;
  }
  child.stdout.resume();
  await exited;
  return child.exitCode;
}

test("createEmbeddedClient() hashes everything after kill -9 and goes on to the right bytes", async () => {
  await using folder = await tempFolder();
  await using seeder = await embedded();
  const torrent = aTorrent("multi", { "a.bin": 1_000_000, "sub/b.bin": 1_000_000 });
  await seed(folder, { client: seeder, torrent, name: "multi" });
  await seeder.setLimits({ downRate: null, upRate: 1_500_000 }, never);
  const places = [folder.at("state"), folder.at("got")];

  await live({ args: [...places, magnetTo(torrent, seeder)], untilBytes: 200_000, end: "kill" });
  await live({ args: places, untilBytes: 500_000, end: "kill" });
  await seeder.setLimits({ downRate: null, upRate: null }, never);
  await using last = await embedded({ stateFolder: folder.at("state") });
  await untilStatus(last, torrent.hash, { phase: "complete", bytes: 2_000_000 });

  expect(last.logged.map(({ message }) => message)).toEqual([HASHED]);
  expect(await readBytes(folder, "got/multi/a.bin")).toEqual(torrent.files["a.bin"]);
  expect(await readBytes(folder, "got/multi/sub/b.bin")).toEqual(torrent.files["sub/b.bin"]);
});

test("close() leaves nothing that keeps the process alive", async () => {
  await using folder = await tempFolder();
  await using seeder = await embedded();
  const torrent = aTorrent("one.bin", 500_000);
  await seed(folder, { client: seeder, torrent, name: "one.bin" });

  const args = [folder.at("state"), folder.at("got"), magnetTo(torrent, seeder)];
  const code = await live({ args, untilBytes: 500_000, end: "close" });

  expect(code).toBe(0);
  await using again = await embedded({ stateFolder: folder.at("state") });
  await untilStatus(again, torrent.hash, { phase: "complete" });
  expect(again.logged.map(({ message }) => message)).toEqual([TRUSTED]);
});
