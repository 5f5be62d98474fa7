import { symlink } from "node:fs/promises";
import { expect, test } from "vitest";
import { aTorrent } from "../../../../test/a-torrent.ts";
import { embedded, magnetTo, never, readBytes, seed, untilStatus } from "../../../../test/embedded-torrents.ts";
import { tempFolder } from "../../../../test/temp-folder.ts";
import { checkInside } from "./inside-folder.ts";

const OUT = { name: "TorrentError", problem: "disk", message: expect.stringContaining("leads out") };

test("checkInside() refuses links that lead out or to nothing, and lets others be", async () => {
  await using folder = await tempFolder();
  await folder.write({ "out/x": "", "in/real/y": "" });
  await symlink(folder.at("out"), folder.at("in/folder"));
  await symlink(folder.at("out/x"), folder.at("in/file"));
  await symlink(folder.at("nowhere"), folder.at("in/dangling"));
  await symlink(folder.at("in/real"), folder.at("in/inside"));
  await symlink(folder.path, folder.at("in/up"));
  const check = (...paths: string[]) => checkInside(folder.at("in"), paths);

  for (const path of ["folder/a", "folder", "file", "dangling", "dangling/a", "up/in/real", "inside/../folder/a"]) {
    await expect(check("real/y", path), path).rejects.toMatchObject(OUT);
  }
  await expect(check("real/y", "inside/y", "new/a/b", "real/y/below")).resolves.toBe(undefined);
});

test("add() writes through no link that leads out, whether the paths are known at once or later", async () => {
  await using folder = await tempFolder();
  await using seeder = await embedded();
  await using client = await embedded();
  const torrent = aTorrent("multi", { "sub/a.bin": 20_000 });
  await seed(folder, { client: seeder, torrent, name: "multi" });
  await folder.write({ "in/multi/b": "", "out/a.bin": "mine" });
  await symlink(folder.at("out"), folder.at("in/multi/sub"));

  const metainfo = { from: { kind: "metainfo" as const, bytes: torrent.content }, folder: folder.at("in") };
  await expect(client.add(metainfo, never)).rejects.toMatchObject(OUT);
  await client.add({ from: { kind: "magnet", uri: magnetTo(torrent, seeder) }, folder: folder.at("in") }, never);

  await untilStatus(client, torrent.hash, {
    problem: expect.stringContaining("leads out"),
    totalBytes: 20_000,
    bytes: 0,
  });
  expect(String(await readBytes(folder, "out/a.bin"))).toBe("mine");
  await expect(client.remove(torrent.hash, { deleteData: true }, never)).rejects.toMatchObject(OUT);
  expect(String(await readBytes(folder, "out/a.bin"))).toBe("mine");
});
