import { describe, expect, test } from "vitest";
import { eventually } from "../../test/eventually.ts";
import { aDownload, type FakeDownload, type FakeRTorrent, fakeRTorrent } from "../../test/fake-rtorrent.ts";
import { aListener, aWatch, configOf, watching } from "../../test/watch-bench.ts";

const { hash } = aDownload();

function the(server: FakeRTorrent): FakeDownload {
  const [first] = server.downloads;
  if (first === undefined) throw new Error("The server has nothing");
  return first;
}

/** Resolves after that many further polls have begun. */
async function polls(server: FakeRTorrent, count: number): Promise<void> {
  const isPoll = (call: string): boolean => call.startsWith("d.multicall2");
  const before = server.calls.filter(isPoll).length;
  await eventually(() => expect(server.calls.filter(isPoll).length).toBeGreaterThanOrEqual(before + count));
}

describe("start()", () => {
  test("start() keeps what is there for a listener that is attached afterwards", async () => {
    const { heard, torrents } = await watching((server) => {
      server.downloads = [aDownload(), aDownload({ hash: "A".repeat(40), name: "done", downloaded: 3_000_000 })];
    });

    await eventually(() => expect(heard).toEqual(["S1 added payload.bin", "S1 added done", "S1 finished done"]));

    expect(JSON.stringify(torrents[0])).toBe(
      '{"server":"S1","hash":"6EE164620A63D750BA0B7FFF3C81E7F914D140DB","name":"payload.bin","active":true,"downloaded":0,"uploaded":0,"length":3000000,"path":"payload.bin.torrent","extra":{"ratio":0,"down_rate":0,"nb_seeders":0,"nb_leechers":0},"progress":0,"ratio":"0.0000","finished":false,"playing":false,"files":[{"name":"payload.bin","path":"payload.bin","length":3000000}]}',
    );
  });

  test("start() watches servers that share a hash as two torrents", async () => {
    await using one = await fakeRTorrent();
    await using two = await fakeRTorrent({ wire: "scgi" });
    for (const server of [one, two]) server.downloads = [aDownload()];
    const { watch, manager, managerOf } = aWatch();

    await watch.start([configOf(one), { name: "S2", url: two.url, interval_check: 5 }]);

    expect((await manager.getAll()).map(({ server }) => server)).toEqual(["S1", "S2"]);
    expect(await manager.getAll("S2")).toHaveLength(1);
    await managerOf("S2").pause(hash);
    expect([the(one).active, the(two).active]).toEqual([true, false]);
    expect(await manager.getOne(hash, "S2")).toMatchObject({ server: "S2", active: false });
  });

  test("start() refuses a wrong configuration, and then watches nothing", () => {
    const { watch } = aWatch();

    const wrong = [{}, { name: "X", rtorrent_port: "eighty" }];
    expect(() => watch.start(wrong)).toThrow(/server 2: rtorrent_port: /);
    expect(() => watch.start([{ name: "X" }, { name: "X" }])).toThrow("Two servers have the name X");
    expect(watch.servers(null)).toEqual([]);
  });
});

describe("a poll", () => {
  test("tells bytes, completion once, a pause from outside and a removal", async () => {
    const { server, heard, torrents } = await watching((fake) => {
      fake.downloads = [aDownload()];
    });
    await eventually(() => expect(heard).toHaveLength(1));

    the(server).downloaded = 2_999_999;
    await eventually(() => expect(heard.slice(1)).toEqual(["S1 updated payload.bin downloaded"]));
    expect(torrents.at(-1)).toMatchObject({ progress: 99, finished: false, playing: true });
    Object.assign(the(server), { downloaded: 3_000_000, uploaded: 750_000 });
    await eventually(() =>
      expect(heard.slice(2)).toEqual(["S1 updated payload.bin downloaded,uploaded", "S1 finished payload.bin"]),
    );
    expect(torrents.at(-1)).toMatchObject({ progress: 100, finished: true, ratio: "0.2500" });
    the(server).active = false;
    await eventually(() => expect(heard.slice(4)).toEqual(["S1 paused payload.bin", "S1 updated payload.bin active"]));
    expect(torrents.at(-1)).toMatchObject({ active: false, playing: false });
    the(server).active = true;
    await eventually(() => expect(heard.slice(6)).toEqual(["S1 resumed payload.bin", "S1 updated payload.bin active"]));
    // A recheck begins anew; the end of it is not another end.
    the(server).downloaded = 0;
    await eventually(() => expect(heard).toHaveLength(9));
    the(server).downloaded = 3_000_000;
    await eventually(() => expect(heard).toHaveLength(10));
    server.downloads = [];
    await eventually(() => expect(heard.slice(10)).toEqual(["S1 removed payload.bin"]));
    expect(heard.slice(8, 10)).toEqual(Array(2).fill("S1 updated payload.bin downloaded"));
  });

  test("waits for the one before it: a slow server adds nothing twice", async () => {
    const { server, heard } = await watching();
    let asked = 0;
    const slow = Promise.withResolvers<void>();
    server.hold = async (method) => {
      if (method !== "d.multicall2") return;
      asked += 1;
      await slow.promise;
    };
    await eventually(() => expect(asked).toBe(1));
    server.downloads = [aDownload()];
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked).toBe(1);
    slow.resolve();

    await eventually(() => expect(heard).toEqual(["S1 added payload.bin"]));
    await polls(server, 3);
    expect(heard).toEqual(["S1 added payload.bin"]);
  });

  test("reads the files of a folder with its name in front, and again when a magnet has found them", async () => {
    const name = `${hash}.meta`;
    const { server, manager } = await watching((fake) => {
      fake.downloads = [aDownload({ name, length: 1, files: [{ path: name, length: 1 }] })];
    });

    server.downloads = [
      aDownload({ name: "multi", isMultiFile: true, loadedFile: "", files: [{ path: "sub/two.bin", length: 3e6 }] }),
    ];

    await eventually(async () =>
      expect(await manager.getOne(hash)).toMatchObject({
        path: "",
        files: [{ name: "two.bin", path: "multi/sub/two.bin", length: 3e6 }],
      }),
    );
    expect(server.calls.filter((call) => call.startsWith("f.multicall"))).toHaveLength(2);
  });

  test("carries hostile names unchanged", async () => {
    const name = "../<script>&amp;\u0001\r\n\ufffd日本";
    const { torrents } = await watching((server) => {
      server.downloads = [aDownload({ name, files: [{ path: name, length: 3_000_000 }] })];
    });

    await eventually(() => expect(torrents).toMatchObject([{ name, files: [{ path: name }] }]));
  });
});

describe("an outage", () => {
  test("is told once, loses no torrent and adds none again", async () => {
    const { server, heard, errors, manager } = await watching((fake) => {
      fake.downloads = [aDownload()];
    });
    await eventually(() => expect(heard).toHaveLength(1));

    server.reply = { kind: "http", status: 502, body: "<html>502</html>" };
    await polls(server, 3);
    server.reply = { kind: "half", document: "" };
    await polls(server, 2);
    expect(await manager.getAll()).toHaveLength(1);
    await server.down();
    await server.back();
    server.reply = null;
    await polls(server, 3);

    expect(heard).toEqual(["S1 added payload.bin", "S1 error"]);
    expect(errors).toMatchObject([{ server: "S1", message: expect.stringContaining("502") }]);
  });

  test("is told again when it is another one, and its first list is not taken at its word", async () => {
    const { server, heard } = await watching((fake) => {
      fake.downloads = [aDownload()];
    });
    const { downloads } = server;

    await server.down();
    await eventually(() => expect(heard).toContain("S1 error"));
    // What a server shows that has just started.
    server.downloads = [];
    let answered = 0;
    server.hold = async (method) => {
      if (method === "d.multicall2" && ++answered === 2) server.downloads = downloads;
    };
    await server.back();
    await polls(server, 4);
    await server.down();

    await eventually(() => expect(heard).toEqual(["S1 added payload.bin", "S1 error", "S1 error"]));
  });

  test("at the start keeps nobody from starting, and is told to the first who listens", async () => {
    await using server = await fakeRTorrent();
    await server.down();
    const { watch, manager } = aWatch();
    const { heard, listener } = aListener();

    await watch.start([configOf(server)]);
    manager.addListener(listener);

    await eventually(() => expect(heard).toEqual(["S1 error"]));
    expect(await manager.getAll()).toEqual([]);
    server.downloads = [aDownload()];
    await server.back();
    await eventually(() => expect(heard).toEqual(["S1 error", "S1 added payload.bin"]));
  });
});

test("stop() ends a poll and a command under way, and nothing is heard afterwards", async () => {
  const { server, heard, watch, manager } = await watching((fake) => {
    fake.downloads = [aDownload()];
  });
  await eventually(() => expect(heard).toHaveLength(1));
  const never = new Promise<void>(() => undefined);
  server.hold = () => never;
  const paused = manager.pause(hash);
  paused.catch(() => undefined);
  await eventually(() => expect(server.calls).toContain(`d.pause ${hash}`));

  await watch.stop();

  await expect(paused).rejects.toThrow("The watch was stopped");
  expect(heard).toHaveLength(1);
  expect(await manager.getAll()).toEqual([]);
});
