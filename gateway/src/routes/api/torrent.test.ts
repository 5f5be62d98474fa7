import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { expect, test } from "vitest";
import { tempFolder } from "../../../test/archives.ts";
import { type Bdecoded, bdecode } from "../../../test/bdecode.ts";
import { type TestGatewayOptions, testGateway } from "../../../test/harness.ts";
import { takeOver } from "../../../test/imported.ts";
import { piecesOf } from "../../../test/pieces.ts";
import { VersionView } from "./mod-view.ts";

async function aLibrary(config: NonNullable<TestGatewayOptions["config"]> = {}, versionKey = "v1") {
  const gateway = await testGateway({ config });
  const { version, zip } = await gateway.addArchive({ item: { versionKey } });
  const read = await gateway.get(`/api/mods/${version.mod}/versions/${encodeURIComponent(versionKey)}`);
  const { torrent, url } = VersionView.parse(await read.json()).archive;
  return { gateway, version, zip, torrent, url, [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose]() };
}

async function metainfoOf(answer: Response): Promise<Map<string, Bdecoded>> {
  const decoded = bdecode(new Uint8Array(await answer.arrayBuffer()));
  if (!(decoded instanceof Map)) throw new Error("No dictionary");
  return decoded;
}

const texts = (value: Bdecoded | undefined): unknown =>
  Array.isArray(value) ? value.map(texts) : Buffer.isBuffer(value) ? value.toString() : value;

test("GET /api/mods/{id}/versions/{version}/torrent describes the archive, where the version says", async () => {
  await using library = await aLibrary();

  const answer = await library.gateway.get(library.torrent);
  const decoded = await metainfoOf(answer);

  expect(answer.headers.get("content-type")).toBe("application/x-bittorrent");
  expect(answer.headers.get("content-disposition")).toBe(
    `attachment; filename="${library.version.mod}-v1.zip.torrent"`,
  );
  expect(texts(decoded.get("url-list"))).toEqual([`http://localhost${library.url}`]);
  const { pieceBytes, hashes } = piecesOf(library.zip);
  expect(decoded.get("info")).toEqual(
    new Map<string, unknown>([
      ["length", library.zip.length],
      ["name", Buffer.from(`${library.version.mod}-v1.zip`)],
      ["piece length", pieceBytes],
      ["pieces", Buffer.from(hashes)],
    ]),
  );
  expect(decoded.has("announce")).toBe(false);
});

test.each(["v 2/é", 'W/"5f-a"', "%2e%2e", "a?b#c", "\u202ex", "..;/"])(
  "the torrent of the version %j has a web seed that is its zip",
  async (key) => {
    await using library = await aLibrary({}, key);

    const decoded = await metainfoOf(await library.gateway.get(library.torrent));
    const [seed] = [texts(decoded.get("url-list"))].flat();
    const zip = await library.gateway.get(String(seed));

    expect(zip.status).toBe(200);
    expect(Buffer.from(await zip.arrayBuffer()).equals(library.zip)).toBe(true);
  },
);

test("the web seed answers the ranges that clients ask for", async () => {
  await using library = await aLibrary();
  const decoded = await metainfoOf(await library.gateway.get(library.torrent));
  const [seed] = [texts(decoded.get("url-list"))].flat();

  const part = await library.gateway.get(String(seed), { range: "bytes=10-19" });

  expect(part.status).toBe(206);
  expect(Buffer.from(await part.arrayBuffer()).equals(library.zip.subarray(10, 20))).toBe(true);
});

test("the torrent names the operator's trackers and public address, and caches may share it then", async () => {
  const trackers = ["udp://tracker.example:1337/announce", "wss://tracker.example"];
  await using library = await aLibrary({ publicUrl: "https://mods.example", trackers });

  const answer = await library.gateway.get(library.torrent, { "x-forwarded-proto": "http" });
  const decoded = await metainfoOf(answer);

  expect(answer.headers.get("cache-control")).toBe("public, max-age=86400");
  expect(texts(decoded.get("url-list"))).toEqual([`https://mods.example${library.url}`]);
  expect(texts(decoded.get("announce"))).toBe(trackers[0]);
  expect(texts(decoded.get("announce-list"))).toEqual(trackers.map((tracker) => [tracker]));
});

test.each([
  ["https", "https://localhost"],
  ["https, http", "https://localhost"],
  ["http", "http://localhost"],
  ["javascript", "http://localhost"],
])("without a public address the web seed is where the asker came to, by %s", async (proto, origin) => {
  await using library = await aLibrary();

  const answer = await library.gateway.get(library.torrent, { "x-forwarded-proto": proto });

  expect(answer.headers.get("cache-control")).toBe("private, max-age=86400");
  expect(texts((await metainfoOf(answer)).get("url-list"))).toEqual([`${origin}${library.url}`]);
});

test("the torrent is not sent to whoever has it, and HEAD has no body", async () => {
  await using library = await aLibrary();
  const first = await library.gateway.get(library.torrent);
  const etag = first.headers.get("etag") ?? "";

  const again = await library.gateway.get(library.torrent, { "if-none-match": etag });
  const elsewhere = await library.gateway.get(library.torrent, { "if-none-match": etag, "x-forwarded-proto": "https" });
  const head = await library.gateway.send("HEAD", library.torrent);

  expect([again.status, again.headers.get("etag"), await again.text()]).toEqual([304, etag, ""]);
  expect(elsewhere.status).toBe(200);
  expect([head.status, head.headers.get("etag"), await head.text()]).toEqual([200, etag, ""]);
});

test("pages of other origins may read a torrent", async () => {
  await using library = await aLibrary();

  const answer = await library.gateway.get(library.torrent, { origin: "https://launcher.example" });

  expect(answer.headers.get("access-control-allow-origin")).toBe("*");
});

test("the torrent of an archive that was published before pieces were kept is made when it is asked for", async () => {
  await using library = await aLibrary();
  const before = await (await library.gateway.get(library.torrent)).arrayBuffer();
  await library.gateway.deps.database.write({ sql: "DELETE FROM archive_pieces" });

  const answer = await library.gateway.get(library.torrent);

  expect(answer.status).toBe(200);
  expect(Buffer.from(await answer.arrayBuffer()).equals(Buffer.from(before))).toBe(true);
});

test("a torrent that is still being made says when to come back", async () => {
  await using library = await aLibrary();
  library.gateway.deps.piecesOf = async () => ({ kind: "later", retryAfterSeconds: 7 });

  const answer = await library.gateway.get(library.torrent);

  expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "7"]);
  expect(answer.headers.get("cache-control")).toBe("no-store");
});

test("an archive whose bytes are lost has no torrent", async () => {
  await using library = await aLibrary();
  await rm(library.gateway.deps.blobs.path(library.version.archive.sha256) ?? "");

  expect((await library.gateway.get(library.torrent)).status).toBe(404);
});

test("an archive taken over that is no version has no torrent", async () => {
  await using gateway = await testGateway();
  await using outside = await tempFolder();
  const { mod } = await takeOver(gateway.deps, { folder: outside.path });

  const { current, imported } = await (await gateway.get(`/api/mods/${mod}`)).json();

  expect([current, "torrent" in imported]).toEqual([null, false]);
  expect((await gateway.get(`/api/mods/${mod}/versions/1/torrent`)).status).toBe(404);
});

test("a version keeps its info-hash under every name of this server", async () => {
  await using library = await aLibrary();
  const infoOf = async (proto: string) => {
    const answer = await library.gateway.get(library.torrent, { "x-forwarded-proto": proto });
    const bytes = Buffer.from(await answer.arrayBuffer());
    const info = bytes.subarray(bytes.indexOf("4:info") + 6, bytes.indexOf("8:url-list"));
    return createHash("sha1").update(info).digest("hex");
  };

  expect(await infoOf("https")).toBe(await infoOf("http"));
});
