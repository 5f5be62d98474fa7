import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { codeOf, download, servingLong, textOf } from "../../../test/downloads.ts";
import { CONTENT, type Get, getsIn, LONG, serve, serving, tempFolder } from "../../../test/http-file-server.ts";
import { createHostSeats } from "./host-seats.ts";

const sha256Of = (text: string): string => createHash("sha256").update(text).digest("hex");

const rangesIn = (requests: Parameters<typeof getsIn>[0]) => getsIn(requests).map(({ headers }) => headers.range);

/** Counts the requests for bytes that are being answered. */
function countingOpen() {
  let [open, most] = [0, 0];
  const instead = ({ response }: Get): boolean => {
    open += 1;
    most = Math.max(most, open);
    response.on("close", () => {
      open -= 1;
    });
    return false;
  };
  return { instead, most: () => most };
}

describe("downloadFile()", () => {
  test("downloadFile() splits a file between its connections", async () => {
    const { url, requests } = await servingLong();

    const { folder, outcome } = await download(url);

    expect(await textOf(outcome)).toBe(LONG);
    expect(outcome).toMatchObject({ name: "map.bsp", bytes: LONG.length, etag: '"one"' });
    const shares = ["bytes=0-999999", "bytes=1000000-1999999", "bytes=2000000-2999999", "bytes=3000000-3999998"];
    expect(rangesIn(requests)).toEqual(expect.arrayContaining(shares));
    expect(await readdir(folder)).toEqual(["map.bsp"]);
  });

  test("downloadFile() asks for blocks where their size is chosen", async () => {
    const { url, requests } = await servingLong();

    const { outcome } = await download(url, { blockBytes: 1_500_000 });

    expect(await textOf(outcome)).toBe(LONG);
    expect(rangesIn(requests).toSorted()).toEqual([
      "bytes=0-1499999",
      "bytes=1500000-2999999",
      "bytes=3000000-3999998",
    ]);
  });

  test("downloadFile() takes blocks of no bytes for no choice", async () => {
    const { url } = await serving(serve(CONTENT));

    expect(await textOf((await download(url, { blockBytes: 0 })).outcome)).toBe(CONTENT);
  });

  test("downloadFile() uses no more connections than it may", async () => {
    const open = countingOpen();
    const { url } = await servingLong({ instead: open.instead });
    const seen: number[] = [];

    const onProgress = ({ connections }: { connections: number }) => seen.push(connections);
    await download(url, { connections: 3, blockBytes: 200_000, onProgress });

    expect(open.most()).toBeLessThanOrEqual(3);
    expect(Math.max(...seen)).toBeLessThanOrEqual(3);
  });

  test("downloadFile() shares the connections to a host with all other downloads", async () => {
    const open = countingOpen();
    const { url } = await servingLong({ instead: open.instead });
    const changes = { seats: createHostSeats(), limits: { hostConnectionsMax: 2 }, blockBytes: 300_000 };

    const downloads = await Promise.all([download(url, changes), download(url, changes), download(url, changes)]);

    expect(downloads.map(({ outcome }) => outcome.kind)).toEqual(["downloaded", "downloaded", "downloaded"]);
    expect(open.most()).toBeLessThanOrEqual(2);
  });

  test("downloadFile() takes every byte through the throttle", async () => {
    const { url } = await servingLong();
    let bytes = 0;
    const take = async (count: number): Promise<void> => {
      bytes += count;
    };

    const { outcome } = await download(url, { throttle: { take }, bytesPerSecond: 1e9 });

    expect(outcome.kind).toBe("downloaded");
    expect(bytes).toBe(LONG.length);
  });

  test("downloadFile() goes on after an abort with what it has", async () => {
    const { url, requests } = await servingLong();
    const stop = new AbortController();
    const folder = await tempFolder();
    const onProgress = ({ bytes }: { bytes: number }) => bytes > 2_000_000 && stop.abort();

    const first = await download(url, { folder, onProgress, signal: stop.signal, blockBytes: 100_000 });
    const asked = getsIn(requests).length;
    const second = await download(url, { folder, blockBytes: 100_000 });

    expect(first.outcome.kind).toBe("cancelled");
    expect(await textOf(second.outcome)).toBe(LONG);
    expect(getsIn(requests).length - asked).toBeLessThanOrEqual(24);
  });

  test("downloadFile() splits nothing before a 206 has shown that it can be", async () => {
    const { url, requests } = await servingLong({ ranges: false, headers: { "accept-ranges": "bytes" } });

    const { outcome } = await download(url);

    expect(await textOf(outcome)).toBe(LONG);
    expect(rangesIn(requests)).toEqual(["bytes=0-999999", undefined]);
  });

  test("downloadFile() asks for the first byte where HEAD is not served", async () => {
    const answer = serve(LONG);
    const { url, requests } = await serving((request, response, turn) =>
      request.method === "HEAD" ? void response.writeHead(405).end() : answer(request, response, turn),
    );

    const { outcome } = await download(url);

    expect(await textOf(outcome)).toBe(LONG);
    expect(requests[1]?.headers.range).toBe("bytes=0-0");
    expect(getsIn(requests).length).toBeGreaterThanOrEqual(4);
  });

  test("downloadFile() takes a file of unknown size", async () => {
    const { url } = await serving((_, response) => {
      response.write("abc");
      response.end("def");
    });
    const seen: object[] = [];

    const { outcome } = await download(url, { onProgress: (progress) => seen.push(progress) });

    expect(await textOf(outcome)).toBe("abcdef");
    expect(seen[0]).toMatchObject({ total: null });
  });

  test("downloadFile() takes an empty file", async () => {
    const { url } = await serving(serve("", { ranges: false }));

    expect((await download(url)).outcome).toMatchObject({ kind: "downloaded", bytes: 0 });
  });

  test("downloadFile() replaces nothing that has its name", async () => {
    const { url } = await serving(serve(CONTENT));
    const folder = await tempFolder();
    await writeFile(join(folder, "map.bsp"), "mine");

    const { outcome } = await download(url, { folder });

    expect(outcome).toMatchObject({ kind: "downloaded", path: join(folder, "map (1).bsp") });
    expect(await readFile(join(folder, "map.bsp"), "utf8")).toBe("mine");
  });

  test("downloadFile() refuses an encoding it did not ask for", async () => {
    const { url, requests } = await serving(serve(CONTENT, { headers: { "content-encoding": "gzip" } }));

    expect((await download(url)).outcome).toMatchObject({ failure: { detail: expect.stringContaining("encoding") } });
    expect(requests[0]?.headers["accept-encoding"]).toBe("identity");
  });
});

describe("downloadFile() and hashes", () => {
  const right = Buffer.from(sha256Of(CONTENT), "hex").toString("base64");
  const wrong = Buffer.from(sha256Of("wrong"), "hex").toString("base64");

  test.each([
    ["repr-digest", `sha-256=:${right}:`, "downloaded"],
    ["repr-digest", `sha-256=:${wrong}:`, "hash_mismatch"],
    ["digest", `SHA-256=${right}`, "downloaded"],
    ["digest", `SHA-256=${wrong}`, "hash_mismatch"],
    ["digest", "md5=abc", "downloaded"],
  ])("downloadFile() compares with %s: %s", async (name, value, kind) => {
    const { url } = await serving(serve(CONTENT, { headers: { [name]: value } }));

    expect(codeOf((await download(url)).outcome)).toBe(kind);
  });

  test("downloadFile() leaves nothing of wrong bytes", async () => {
    const { url } = await serving(serve(CONTENT));

    const { folder, outcome } = await download(url, { sha256: sha256Of("other") });

    expect(codeOf(outcome)).toBe("hash_mismatch");
    expect(existsSync(join(folder, "map.bsp"))).toBe(false);
  });
});

describe("downloadFile() and mirrors", () => {
  test("downloadFile() uses mirrors together that have the same strong ETag", async () => {
    const first = await servingLong();
    const second = await servingLong();

    const { outcome } = await download(first.url, { mirrors: [second.url], blockBytes: 200_000 });

    expect(await textOf(outcome)).toBe(LONG);
    expect(getsIn(first.requests).length).toBeGreaterThan(1);
    expect(getsIn(second.requests).length).toBeGreaterThan(1);
  });

  test("downloadFile() uses mirrors one after another that may differ", async () => {
    const first = await servingLong({ breakAfter: [1_000_000, ...Array(50).fill(0)] });
    const second = await serving(serve(CONTENT, { etag: 'W/"one"' }));

    const { outcome } = await download(first.url, { mirrors: [second.url], blockBytes: 2_000_000 });

    expect(await textOf(outcome)).toBe(CONTENT);
  });

  test("downloadFile() goes on at a mirror of the same hash where one dies midway", async () => {
    const first = await servingLong({ etag: null, breakAfter: [500_000, ...Array(50).fill(0)] });
    const second = await servingLong({ etag: null });

    const sha256 = sha256Of(LONG);
    const { outcome } = await download(first.url, { mirrors: [second.url], sha256, blockBytes: 1_000_000 });

    expect(await textOf(outcome)).toBe(LONG);
  });

  test("downloadFile() finds out which of two mirrors lies", async () => {
    const lying = await serving(serve("x".repeat(LONG.length)));
    const honest = await servingLong();

    const { outcome } = await download(lying.url, { mirrors: [honest.url], sha256: sha256Of(LONG) });

    expect(await textOf(outcome)).toBe(LONG);
  });

  test("downloadFile() is not held up by a mirror that says nothing", async () => {
    const { url } = await servingLong();
    const silent = await serving(() => undefined);

    const { outcome } = await download(url, { mirrors: [silent.url], limits: { mirrorMs: 10 } });

    expect(await textOf(outcome)).toBe(LONG);
  });
});
