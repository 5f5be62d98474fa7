import { expect, test } from "vitest";
import { aTorrent } from "../../test/a-torrent.ts";
import { eventually } from "../../test/eventually.ts";
import { tempFolder } from "../../test/temp-folder.ts";
import { aListener, aWatch } from "../../test/watch-bench.ts";
import type { CustomTorrent } from "./client.ts";

const lower = "6ee164620a63d750ba0b7fff3c81e7f914d140db";

const aCustomTorrent = (given: Partial<CustomTorrent> = {}): CustomTorrent => ({
  hash: lower,
  name: "mine",
  active: true,
  downloaded: 5,
  uploaded: 0,
  length: 10,
  path: "/somewhere/mine.torrent",
  extra: { colour: "blue" },
  ...given,
});

/** A client as a script writes it: methods that need their object. */
class ScriptClient {
  torrents = [aCustomTorrent()];
  called: string[] = [];
  list(): string[] | Promise<string[]> {
    return this.torrents.map(({ hash }) => hash);
  }
  async getTorrent(hash: string): Promise<CustomTorrent> {
    const found = this.torrents.find((torrent) => torrent.hash === hash);
    if (found === undefined) throw new Error("I do not know it");
    return { ...found };
  }
  async pause(hash: string): Promise<void> {
    this.called.push(`pause ${hash}`);
    this.torrents = this.torrents.map((torrent) => (torrent.hash === hash ? { ...torrent, active: false } : torrent));
  }
}

async function watchingClient(client: ScriptClient, given: object = {}) {
  const bench = aWatch();
  await bench.watch.start([{ name: "C", interval_check: 1, client, ...given }]);
  const ear = aListener();
  bench.manager.addListener(ear.listener);
  return { ...bench, ...ear };
}

test("createCustomClient() watches what a script's client gives, and speaks to it in its own spelling", async () => {
  const client = new ScriptClient();
  const { manager, heard, torrents } = await watchingClient(client);
  await eventually(() => expect(heard).toEqual(["C added mine"]));

  expect(torrents).toMatchObject([
    { hash: lower.toUpperCase(), path: "mine.torrent", extra: { colour: "blue" }, progress: 50, files: [] },
  ]);
  await manager.pause(lower);

  expect(client.called).toEqual([`pause ${lower}`]);
  await expect(manager.remove(lower)).rejects.toThrow("Your client has not function remove(hash)");
});

test("createCustomClient() names the attributes that a client forgets, once per torrent", async () => {
  const client = new ScriptClient();
  const { path, length, ...forgetful } = aCustomTorrent({ hash: "F4K3H45H1" });
  Object.assign(client, { torrents: [forgetful, aCustomTorrent()] });
  let polls = 0;
  const list = client.list;
  client.list = () => {
    polls += 1;
    return list.call(client);
  };
  const { heard, errors } = await watchingClient(client);
  await eventually(() => expect(heard).toHaveLength(2));
  const before = polls;
  await eventually(() => expect(polls).toBeGreaterThan(before + 5));

  expect(heard.toSorted()).toEqual(["C added mine", "C error"]);
  expect(errors).toMatchObject([{ server: "C", hash: "F4K3H45H1", message: /Attributes are missing: length, path/ }]);
  client.torrents = [aCustomTorrent({ hash: "F4K3H45H1", name: "fake" })];
  await eventually(() => expect(heard.slice(2).toSorted()).toEqual(["C added fake", "C removed mine"]));
  expect([path, length]).toEqual(["/somewhere/mine.torrent", 10]);
});

test("createCustomClient() calls nothing a failure that went while it was asked for", async () => {
  const client = new ScriptClient();
  const { heard } = await watchingClient(client);
  await eventually(() => expect(heard).toHaveLength(1));
  client.getTorrent = async (hash) => {
    client.torrents = [];
    throw new Error(`I do not know ${hash}`);
  };

  await eventually(() => expect(heard).toEqual(["C added mine", "C removed mine"]));
});

test("createCustomClient() takes a client that hangs, fails or answers nonsense for down, and comes back", async () => {
  const client = new ScriptClient();
  const list = client.list;
  const { heard, errors } = await watchingClient(client, { timeout: 10 });
  await eventually(() => expect(heard).toHaveLength(1));

  client.list = () => new Promise<string[]>(() => undefined);
  await eventually(() => expect(errors).toHaveLength(1));
  client.list = list;
  client.torrents = [aCustomTorrent({ downloaded: 6 })];
  await eventually(() => expect(heard).toHaveLength(3));
  client.list = () => {
    throw new Error("thrown");
  };
  await eventually(() => expect(errors).toHaveLength(2));
  client.list = list;
  client.torrents = [aCustomTorrent({ downloaded: 7 })];
  await eventually(() => expect(heard).toHaveLength(5));
  Object.assign(client, { list: () => "nonsense" });
  await eventually(() => expect(errors).toHaveLength(3));

  expect(heard.filter((line) => line !== "C error")).toEqual([
    "C added mine",
    "C updated mine downloaded",
    "C updated mine downloaded",
  ]);
  expect(errors.map(({ message }) => message)).toEqual([
    expect.stringContaining("longer than 10 ms"),
    expect.stringContaining("thrown"),
    expect.stringContaining("no list of hashes"),
  ]);
});

test("createCustomClient() reads the files out of the torrent file where the client gives none", async () => {
  await using folder = await tempFolder();
  const { content } = aTorrent("multi", { "one.bin": 10, "sub/two.bin": 20 });
  await folder.write({ "dtorrent/torrent/multi.torrent": content });
  const client = new ScriptClient();
  client.torrents = [
    aCustomTorrent({ path: "multi.torrent" }),
    aCustomTorrent({ hash: "a", path: "gone.torrent", files: [{ path: "a/b.c", length: 1 }] }),
  ];

  const { manager } = await watchingClient(client, { root_path: folder.path });

  expect(await manager.getAll()).toMatchObject([
    { files: [{ name: "one.bin", path: "multi/one.bin", length: 10 }, { path: "multi/sub/two.bin" }] },
    { hash: "a", files: [{ name: "b.c", path: "a/b.c", length: 1 }] },
  ]);
});
