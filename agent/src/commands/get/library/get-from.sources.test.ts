import { readdir, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { aTorrent } from "../../../../test/a-torrent.ts";
import { fakeSteamApi } from "../../../../test/fake-steam-api.ts";
import { FILE, getFromWorld, HARMONY } from "../../../../test/get-from-world.ts";
import { getFromCommand } from "./get-from.ts";

test("getFromCommand() asks for files and torrents as it does for items", async () => {
  const torrent = aTorrent("pack", 50_000, "http://tracker.example/announce");
  const hash = torrent.hash.toLowerCase();
  const magnet = `magnet:?xt=urn:btih:${hash}`;
  const all = await getFromWorld({
    "71": { ...HARMONY, name: "map.zip", source: { kind: "http", url: "https://a.example/map.zip" } },
    "72": { ...HARMONY, name: "By address", source: { kind: "torrent", torrentUrl: "https://a.example/x.torrent" } },
    "73": { ...HARMONY, name: "By link", source: { kind: "torrent", magnet: magnet.replace(hash, "0".repeat(40)) } },
    "74": {
      ...{ ...HARMONY, name: "By file", job: [{ place: 1 }] },
      source: {
        kind: "torrent",
        magnet: `${magnet}&dn=pack&tr=${encodeURIComponent("http://tracker.example/announce")}`,
      },
    },
  });
  await writeFile(all.folder.at("here", "pack.torrent"), torrent.content);
  const addresses = ["https://a.example/map.zip", "https://a.example/x.torrent"];

  expect(await all.get([...addresses, magnet.replace(hash, "0".repeat(40)), "pack.torrent"], { json: true })).toBe(0);

  const names = ["By address-72.zip", "By file-74.zip", "By link-73.zip", "map.zip-71.zip", "pack.torrent"];
  expect((await all.here()).toSorted()).toEqual(names);
  expect(all.resultsById()).toMatchObject([
    { ok: true, kind: "http", target: addresses[0], id: "71" },
    { ok: true, kind: "torrent", target: addresses[1], id: "72" },
    { ok: true, kind: "torrent", id: "73" },
    { ok: true, kind: "torrent", target: "pack.torrent", id: "74" },
  ]);
});

test("getFromCommand() hands no private torrent to a library, and says so before it asks for anything", async () => {
  const all = await getFromWorld();
  const { content } = aTorrent("pack", 50_000);
  // Behind the last key of its info, where `private` belongs.
  const bytes = Buffer.concat([content.subarray(0, -2), Buffer.from("7:privatei1eee")]);
  await writeFile(all.folder.at("here", "private.torrent"), bytes);

  expect(await all.get(["42", "private.torrent"])).toBe(2);
  expect(all.written.err).toMatch(/^Cannot ask a library for private\.torrent: it is private.*Leave --from out\n$/);
  expect(all.asked).toEqual([]);
});

test("getFromCommand() asks for what a collection names, item by item", async () => {
  const mods = { "42": HARMONY, "43": { ...HARMONY, name: "Other" }, "500": { ...HARMONY, isCollection: true } };
  const all = await getFromWorld(mods);
  await using steam = await fakeSteamApi({ collections: { "500": ["42", "501", "44"], "501": ["43", "42"] } });
  const options = { targets: ["42", "500"], from: all.url, force: false, json: true, asFile: false };

  expect(await getFromCommand(options, { ...all.context, steamApiUrl: steam.url })).toBe(1);

  expect((await all.here()).toSorted()).toEqual([FILE, "Other-43.zip"]);
  expect(all.resultsById()).toMatchObject([
    { ok: true, id: "42", target: "42" },
    { ok: true, id: "43", target: "500", collection: "500" },
    { ok: false, id: "44", target: "500", collection: "500", code: "not_found" },
  ]);
});

test("getFromCommand() writes a collection into a folder only", async () => {
  const all = await getFromWorld({ "42": HARMONY, "43": HARMONY, "500": { ...HARMONY, isCollection: true } });
  await using steam = await fakeSteamApi({ collections: { "500": ["42", "43"] } });
  const options = { targets: ["500"], from: all.url, force: false, json: false, asFile: false, output: "one.zip" };

  const context = { ...all.context, steamApiUrl: steam.url };

  expect(await getFromCommand({ ...options, output: "deep/mods/" }, context)).toBe(0);
  expect((await readdir(all.folder.at("here", "deep", "mods"))).toSorted()).toHaveLength(2);
  await all.folder.write({ "here/one.zip": "" });
  expect(await getFromCommand({ ...options, force: true }, context)).toBe(2);
  expect(all.written.err).toContain("with several targets, a collection or a torrent, -o names a folder");
  expect((await all.here()).toSorted()).toEqual(["deep", "one.zip"]);
});

test("getFromCommand() says what the library says of a collection that Steam does not know", async () => {
  const all = await getFromWorld({ "500": { ...HARMONY, isCollection: true } });

  expect(await all.get(["500"])).toBe(1);
  expect(all.written.err).toContain("Cannot get 500: Refused: unprocessable\n");
});
