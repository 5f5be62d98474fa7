import { expect, onTestFinished, test } from "vitest";
import { aTorrent, type TestTorrent } from "../../../../test/a-torrent.ts";
import { embedded, never, readBytes, untilStatus } from "../../../../test/embedded-torrents.ts";
import { type Answer, serve, serving } from "../../../../test/http-file-server.ts";
import { tempFolder } from "../../../../test/temp-folder.ts";
import { createSourceAgent } from "../../http/open-source.ts";
import { HTTP_LIMITS } from "../../options.ts";
import { parseMetainfo } from "../metainfo.ts";
import { fetchWebSeed, seedUrl } from "./fetch-web-seed.ts";

/** Serves each file of a torrent under its path. */
function serveAll(torrent: TestTorrent): Answer {
  const answers = new Map(
    Object.entries(torrent.files).map(([path, bytes]) => [`/ugc/77/multi/${path}`, serve(bytes)]),
  );
  return (request, response, turn) => {
    const answer = answers.get(decodeURIComponent(request.url ?? ""));
    if (answer === undefined) response.writeHead(404).end();
    else answer(request, response, turn);
  };
}

async function fetching(torrent: TestTorrent, content: Buffer, folder: string) {
  const client = await embedded();
  await client.add({ from: { kind: "metainfo", bytes: content }, folder }, never);
  return Object.assign(client, { hash: torrent.hash });
}

/** A torrent file with a web seed of its own. */
const withSeed = ({ content }: TestTorrent, seed: string): Buffer =>
  Buffer.concat([content.subarray(0, -1), Buffer.from(`8:url-list${Buffer.byteLength(seed)}:${seed}e`)]);

test("startWebSeeds() loads a folder from a web seed alone", async () => {
  await using folder = await tempFolder();
  const torrent = aTorrent("multi", { "a b#.bin": 20_000, "sub/ü.bin": 100_000 });
  const { url, requests } = await serving(serveAll(torrent));
  await using client = await fetching(torrent, withSeed(torrent, url), folder.path);

  await untilStatus(client, client.hash, { phase: "complete", peers: 0 });

  expect(await readBytes(folder, "multi/a b#.bin")).toEqual(torrent.files["a b#.bin"]);
  expect(await readBytes(folder, "multi/sub/ü.bin")).toEqual(torrent.files["sub/ü.bin"]);
  expect(requests.every(({ headers }) => /^bytes=\d+-\d+$/.test(headers.range ?? ""))).toBe(true);
});

test("startWebSeeds() goes on after failures, wrong ranges and wrong bytes", async () => {
  await using folder = await tempFolder();
  const torrent = aTorrent("one.bin", 200_000);
  const bytes = torrent.files["one.bin"] ?? Buffer.alloc(0);
  const good = serve(bytes);
  const wrong = serve(Buffer.alloc(bytes.length));
  const { url, requests } = await serving((request, response, turn) => {
    if (turn === 1) response.writeHead(503).end();
    else if (turn === 2) response.writeHead(200).end(bytes);
    else if (turn === 3) wrong(request, response, turn);
    else if (turn === 4) response.destroy();
    else good(request, response, turn);
  });
  await using client = await fetching(torrent, withSeed(torrent, `${url}one.bin`), folder.path);

  await untilStatus(client, client.hash, { phase: "complete" });

  expect(await readBytes(folder, "one.bin")).toEqual(bytes);
  expect(requests.length).toBeGreaterThan(5);
});

test("startWebSeeds() says why none of the web seeds helps, until one does", async () => {
  await using folder = await tempFolder();
  const torrent = aTorrent("one.bin", 50_000);
  const good = serve(torrent.files["one.bin"] ?? Buffer.alloc(0));
  let isRepaired = false;
  const { url } = await serving((request, response, turn) => {
    if (isRepaired) good(request, response, turn);
    else response.writeHead(503).end();
  });
  await using client = await fetching(torrent, withSeed(torrent, `${url}one.bin`), folder.path);

  await untilStatus(client, client.hash, { problem: expect.stringContaining("answered 503") });
  isRepaired = true;

  await untilStatus(client, client.hash, { phase: "complete", problem: null });
});

test("fetchWebSeed() takes a whole small file for the range that it is, and nothing else", async () => {
  const torrent = aTorrent("multi", { "a.bin": 100, "b.bin": 100 });
  const metainfo = parseMetainfo(torrent.content);
  const bytes = Object.values(torrent.files);
  const { url } = await serving((request, response) => {
    const file = request.url?.endsWith("a.bin") === true ? bytes[0] : bytes[1];
    response.writeHead(200).end(file);
  });
  const reach = { agent: createSourceAgent(true, HTTP_LIMITS), allowPrivate: true, httpLimits: HTTP_LIMITS };
  onTestFinished(() => reach.agent.destroy());
  const fetch = (start: number, length: number) => fetchWebSeed(url, metainfo, reach, { start, length, signal: never });

  expect(await fetch(0, 200)).toEqual(Buffer.concat(bytes));
  await expect(fetch(0, 150)).rejects.toThrow("200 to a range");
  await expect(fetch(50, 150)).rejects.toThrow("200 to a range");
});

test("seedUrl() follows BEP 19", () => {
  const file = { path: "multi/a b/ü#?.bin" };

  expect(seedUrl("http://h/x", { isFolder: true }, file)).toBe("http://h/x/multi/a%20b/%C3%BC%23%3F.bin");
  expect(seedUrl("http://h/x/", { isFolder: false }, { path: "one.bin" })).toBe("http://h/x/one.bin");
  expect(seedUrl("http://h/x?y=1", { isFolder: false }, { path: "one.bin" })).toBe("http://h/x?y=1");
});
