import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { codeOf, download, servingLong, textOf } from "../../../test/downloads.ts";
import { CONTENT, type Get, getsIn, LONG, serve, serving, tempFolder } from "../../../test/http-file-server.ts";
import { type Disk, nodeDisk } from "./part-file.ts";

describe("downloadFile() under faults", () => {
  test("downloadFile() goes on wherever connections break", async () => {
    const breakAfter = [100_000, 0, 500_000, 1, 65_536, 0, 300_000];
    const { url } = await servingLong({ breakAfter });

    // A reset may take back bytes that were sent, so that none of these seven brings any.
    const { outcome } = await download(url, { limits: { resumesMax: breakAfter.length } });

    expect(await textOf(outcome)).toBe(LONG);
  });

  test("downloadFile() never mixes two states of a file, seen by its ETag", async () => {
    const changed = "x".repeat(LONG.length);
    const after = serve(changed, { etag: '"two"' });
    const before = serve(LONG);
    let gets = 0;
    const { url } = await serving((request, response, turn) => {
      if (request.method === "GET") gets += 1;
      (gets > 2 ? after : before)(request, response, turn);
    });

    expect(await textOf((await download(url)).outcome)).toBe(changed);
  });

  test("downloadFile() sees a change that only the answers to ranges tell", async () => {
    const changed = "x".repeat(LONG.length);
    const careless = (content: string, etag: string) => serve(content, { etag: '"fixed"', headers: { etag } });
    const [before, after] = [careless(LONG, '"one"'), careless(changed, '"two"')];
    let gets = 0;
    const { url } = await serving((request, response, turn) => {
      delete request.headers["if-range"];
      if (request.method === "GET") gets += 1;
      (gets > 2 ? after : before)(request, response, turn);
    });

    expect(await textOf((await download(url)).outcome)).toBe(changed);
  });

  test("downloadFile() starts again where the size of an answer is another", async () => {
    const instead = ({ turn, range, response }: Get): boolean => {
      if (turn !== 2 || range === null) return false;
      response.writeHead(206, { "content-range": `bytes ${range.from}-${range.to - 1}/9999999` }).end("x");
      return true;
    };
    const { url } = await servingLong({ instead });

    expect(await textOf((await download(url)).outcome)).toBe(LONG);
  });

  test("downloadFile() does not believe a HEAD that lies about the length", async () => {
    const answer = serve(CONTENT);
    const { url } = await serving((request, response, turn) =>
      request.method === "HEAD"
        ? void response.writeHead(200, { etag: '"one"', "content-length": 777_777 }).end()
        : answer(request, response, turn),
    );

    expect(await textOf((await download(url)).outcome)).toBe(CONTENT);
  });

  test("downloadFile() gives up where every answer ends too early", async () => {
    const { url } = await serving(serve(CONTENT, { etag: null, breakAfter: Array(50).fill(50_000) }));

    const { folder, outcome } = await download(url);

    expect(codeOf(outcome)).toBe("source_unreachable");
    expect(existsSync(join(folder, "map.bsp"))).toBe(false);
  });

  test("downloadFile() takes no more bytes than an answer may have", async () => {
    const instead = ({ range, response }: Get): boolean => {
      if (range === null) return false;
      response.writeHead(206, { etag: '"one"', "content-range": `bytes ${range.from}-${range.to - 1}/${LONG.length}` });
      response.end("x".repeat(range.to - range.from + 10));
      return true;
    };
    const { url } = await servingLong({ instead });

    expect(await textOf((await download(url)).outcome)).toBe(LONG);
  });

  test("downloadFile() waits where a server asks for a short pause", async () => {
    const instead = ({ turn, response }: Get): boolean => {
      if (turn === 1) response.writeHead(503, { "retry-after": "0" }).end();
      return turn === 1;
    };
    const { url } = await servingLong({ instead });

    expect(await textOf((await download(url)).outcome)).toBe(LONG);
  });

  test("downloadFile() goes on with fewer connections where there are too many", async () => {
    let open = 0;
    const instead = ({ response }: Get): boolean => {
      if (open >= 2) {
        response.writeHead(429).end();
        return true;
      }
      open += 1;
      response.on("close", () => {
        open -= 1;
      });
      return false;
    };
    const { url } = await servingLong({ instead });

    expect(await textOf((await download(url)).outcome)).toBe(LONG);
  });

  test("downloadFile() hands a long pause to its caller", async () => {
    const { url } = await serving((_, response) => void response.writeHead(503, { "retry-after": "3600" }).end());

    expect((await download(url)).outcome).toMatchObject({
      failure: { code: "source_unreachable", retryAfterMs: 3_600_000 },
    });
  });

  test("downloadFile() asks the first address again where its redirect has run out", async () => {
    const answer = serve(LONG, { breakAfter: [100_000] });
    let signature = 1;
    const target = await serving((request, response, turn) => {
      if (request.url !== `/ugc/77/?signature=${signature}`) return void response.writeHead(403).end();
      answer(request, response, turn);
      if (request.method === "GET") signature = 2;
    });
    const first = await serving((_, response) => {
      response.writeHead(302, { location: `${target.url}?signature=${signature}` }).end();
    });

    const { outcome } = await download(first.url, { connections: 1 });

    expect(await textOf(outcome)).toBe(LONG);
    expect(first.requests).toHaveLength(2);
  });

  test("downloadFile() says when the disk has no room, before anything is fetched", async () => {
    const { url, requests } = await servingLong();

    const { outcome } = await download(url, { disk: { ...nodeDisk, freeBytes: async () => 1_000 } });

    expect(codeOf(outcome)).toBe("disk_full");
    expect(getsIn(requests)).toEqual([]);
  });

  test("downloadFile() says when the disk gets full, and goes on when there is room", async () => {
    const { url } = await servingLong();
    const folder = await tempFolder();
    let room = 1_500_000;
    const open: Disk["open"] = async (path, flags) => {
      const file = await nodeDisk.open(path, flags);
      return {
        truncate: (size) => file.truncate(size),
        datasync: () => file.datasync(),
        stat: () => file.stat(),
        close: () => file.close(),
        async writev(chunks, position) {
          room -= chunks.reduce((sum, { byteLength }) => sum + byteLength, 0);
          if (room < 0) throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
          return await file.writev(chunks, position);
        },
      };
    };

    const full = await download(url, { folder, disk: { ...nodeDisk, open }, limits: { batchBytes: 1 } });
    const again = await download(url, { folder });

    expect(full.outcome).toMatchObject({ failure: { code: "disk_full" } });
    expect(existsSync(join(folder, "map.bsp"))).toBe(true);
    expect(await textOf(again.outcome)).toBe(LONG);
  });

  test("downloadFile() gives up a connection that is too slow", async () => {
    const { url } = await servingLong();
    const limits = { lowSpeedMs: 0, lowSpeedBytes: Number.POSITIVE_INFINITY };

    expect((await download(url, { limits })).outcome).toMatchObject({
      failure: { code: "source_unreachable", detail: expect.stringContaining("slow") },
    });
  });
});
