import { describe, expect, test } from "vitest";
import { eventually } from "../../test/eventually.ts";
import { aDownload } from "../../test/fake-rtorrent.ts";
import { aListener, watching } from "../../test/watch-bench.ts";

const { hash } = aDownload();

const withOne = () =>
  watching((server) => {
    server.downloads = [aDownload()];
  });

describe("createManager()", () => {
  test("getOne() finds a hash in either case, null for an unknown one, and wants one", async () => {
    const { manager } = await withOne();

    expect(await manager.getOne(hash.toLowerCase())).toMatchObject({ server: "S1", hash });
    expect(await manager.getOne("0".repeat(40))).toBe(null);
    await expect(manager.getOne("")).rejects.toThrow("Hash is missing");
  });

  test("getAll() refuses a server that is none", async () => {
    const { manager } = await withOne();

    await expect(manager.getAll("S9")).rejects.toThrow("This server does not exists S9");
  });

  test("pause() and resume() tell it once, before they resolve", async () => {
    const { server, manager, heard } = await withOne();
    await eventually(() => expect(heard).toHaveLength(1));

    expect(await manager.pause(hash)).toMatchObject({ hash, active: false });
    expect(heard.slice(1)).toEqual(["S1 paused payload.bin"]);
    expect(await manager.resume(hash)).toMatchObject({ hash, active: true });
    expect(heard.slice(2)).toEqual(["S1 resumed payload.bin"]);
    const { length } = server.calls;
    await eventually(() => expect(server.calls.length).toBeGreaterThan(length + 3));

    expect(heard).toHaveLength(3);
  });

  test("pause() is not undone by a poll that looked before it", async () => {
    const { server, manager, heard } = await withOne();
    await eventually(() => expect(heard).toHaveLength(1));
    const [looked, paused] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const stale = structuredClone(server.downloads);
    let polls = 0;
    server.hold = async (method) => {
      if (method !== "d.multicall2" || ++polls > 1) return;
      looked.resolve();
      await paused.promise;
      // What it saw when it looked.
      const now = server.downloads;
      server.downloads = stale;
      setImmediate(() => {
        server.downloads = now;
      });
    };
    await looked.promise;

    await manager.pause(hash);
    paused.resolve();
    await eventually(() => expect(polls).toBeGreaterThan(2));

    expect(heard.slice(1)).toEqual(["S1 paused payload.bin"]);
    expect(await manager.getOne(hash)).toMatchObject({ active: false });
  });

  test("remove() and delete() tell it once and give what it last was", async () => {
    const { server, manager, heard } = await watching((fake) => {
      fake.downloads = [aDownload(), aDownload({ hash: "B".repeat(40), name: "two" })];
    });
    await eventually(() => expect(heard).toHaveLength(2));

    expect(await manager.remove(hash)).toMatchObject({ hash, name: "payload.bin" });
    expect(heard.slice(2)).toEqual(["S1 removed payload.bin"]);
    expect(await manager.delete("b".repeat(40))).toMatchObject({ name: "two" });
    const { length } = server.calls;
    await eventually(() => expect(server.calls.length).toBeGreaterThan(length + 2));

    expect(heard.slice(3)).toEqual(["S1 removed two"]);
    expect(server.downloads).toEqual([]);
  });

  test("pause(), resume() and remove() refuse what nobody has, and pass on what the server refuses", async () => {
    const { server, manager, heard } = await withOne();
    await eventually(() => expect(heard).toHaveLength(1));

    for (const command of [manager.pause, manager.resume, manager.remove]) {
      await expect(command("0".repeat(40))).rejects.toThrow("Torrent does not exists");
      await expect(command("")).rejects.toThrow("Hash is missing");
    }
    server.reply = { kind: "http", status: 500, body: "no" };
    await expect(manager.remove(hash)).rejects.toThrow("500");
    expect(await manager.getOne(hash)).not.toBe(null);
    expect(heard).not.toContain("S1 removed payload.bin");
  });

  test("addListener() hears one server where the manager is one server's, and removeListener() ends it", async () => {
    const { server, manager, managerOf, heard } = await withOne();
    const [own, gone] = [aListener(), aListener()];
    await eventually(() => expect(heard).toHaveLength(1));

    managerOf("S1").addListener(own.listener);
    managerOf("S2").addListener(gone.listener);
    manager.addListener(gone.listener);
    manager.removeListener(gone.listener);
    server.downloads = [];
    await eventually(() => expect(own.heard).toEqual(["S1 removed payload.bin"]));

    expect(gone.heard).toEqual([]);
  });

  test("addListener() of one listener for a server and for all tells it everything once", async () => {
    const { server, manager, managerOf, heard } = await withOne();
    const twice = aListener();
    await eventually(() => expect(heard).toHaveLength(1));

    managerOf("S1").addListener(twice.listener);
    manager.addListener(twice.listener);
    managerOf("S1").addListener(twice.listener);
    server.downloads = [];
    await eventually(() => expect(heard).toHaveLength(2));

    expect(twice.heard).toEqual(["S1 removed payload.bin"]);
  });

  test("addListener() keeps a listener that throws, rejects or changes its torrent from harming others", async () => {
    const { server, manager, mistakes, heard, torrents } = await withOne();
    await eventually(() => expect(heard).toHaveLength(1));
    manager.removeListener({});
    const later = aListener();
    manager.addListener({
      onUpdated: (torrent, diff) => {
        torrent.name = "changed";
        torrent.files.length = 0;
        diff.length = 0;
        throw new Error("thrown");
      },
      onRemoved: () => Promise.reject(new Error("rejected")),
    });
    manager.addListener(later.listener);

    server.downloads = [aDownload({ downloaded: 1 })];
    await eventually(() => expect(later.heard).toEqual(["S1 updated payload.bin downloaded"]));
    server.downloads = [];
    await eventually(() => expect(later.heard).toHaveLength(2));

    expect(later.torrents[0]?.files).toHaveLength(1);
    expect(torrents).toHaveLength(3);
    expect(mistakes).toEqual([new Error("thrown"), new Error("rejected")]);
  });
});
