import { createHash } from "node:crypto";
import { describe, expect, test, vi } from "vitest";
import { aTorrent, bencode } from "../../agent/test/a-torrent.ts";
import { createClient, type Source } from "../../gateway/client/src/mod.ts";
import { fileServer } from "./file-server.ts";
import { type Fleet, type Runtime, startFleet } from "./fleet.ts";
import { agentIsConnected, saved } from "./library.ts";
import { unzipped } from "./wait.ts";

vi.setConfig({ testTimeout: 60_000 });

const MAP = "brush 0123456789\n".repeat(50_000);

/** Asks as a script does, waits, and reads the archive with Python's reader. */
async function fetched(fleet: Fleet, source: Source) {
  const client = createClient({ baseUrl: fleet.url });
  const mod = await client.fetchSource(source, { timeoutMs: 50_000 });
  return { mod, files: await unzipped(await saved(fleet, `/api/mods/${mod.id}/archive`)) };
}

describe.concurrent.each<Runtime>(["node", "deno"])("a job from elsewhere on %s", (runtime) => {
  test("a file is fetched by an agent and served as a zip, once for all who ask", async () => {
    await using fleet = await startFleet({ runtime, items: {} });
    await using server = await fileServer();
    const url = server.put("/maps/a%20city", MAP, '"one"');
    await agentIsConnected(fleet);

    const { mod, files } = await fetched(fleet, { kind: "http", url });

    expect(mod).toMatchObject({ source: "http", name: "map.bsp", current: { version: "one" } });
    expect(files).toEqual({ "map.bsp": MAP });
    const before = server.asked.length;
    expect((await fetched(fleet, { kind: "http", url })).mod.id).toBe(mod.id);
    expect(server.asked).toHaveLength(before);
  });

  test("a file comes from a mirror when its hash is known, and a torrent from its web seed", async () => {
    await using fleet = await startFleet({ runtime, items: {} });
    await using server = await fileServer();
    const mirror = server.put("/mirror", MAP);
    const sha256 = createHash("sha256").update(MAP).digest("hex");
    const torrent = aTorrent("Maps", { "city.bsp": 300_000, "textures/wall.txt": 5_000 });
    for (const [path, content] of Object.entries(torrent.files)) server.put(`/seed/Maps/${path}`, content);
    const webSeed = Buffer.concat([bencode("url-list"), bencode([`${server.url}/seed/`]), Buffer.from("e")]);
    const torrentUrl = server.put("/maps.torrent", Buffer.concat([torrent.content.subarray(0, -1), webSeed]));
    await agentIsConnected(fleet);

    const [file, maps] = await Promise.all([
      fetched(fleet, { kind: "http", url: `${server.url}/gone`, sha256, mirrors: [mirror] }),
      fetched(fleet, { kind: "torrent", torrentUrl }),
    ]);

    expect(file.mod).toMatchObject({ current: { version: sha256 } });
    expect(Object.values(file.files)).toEqual([MAP]);
    expect(maps.mod).toMatchObject({
      source: "torrent",
      name: "Maps",
      current: { version: torrent.hash.toLowerCase() },
    });
    expect(Object.keys(maps.files).toSorted()).toEqual(["city.bsp", "textures/wall.txt"]);
    for (const [path, content] of Object.entries(torrent.files))
      expect(maps.files[path]).toBe(content.toString("latin1"));
  });
});
