import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { codeOf, contentOf } from "../../../test/fake-steamcmd-engine.ts";
import {
  CONTENT,
  fetchedFrom,
  type Get,
  getsIn,
  LONG,
  serve,
  serving,
  tempFolder,
} from "../../../test/http-file-server.ts";

describe("fetchFile()", () => {
  test("fetchFile() puts the file alone into a folder, named as the server names it", async () => {
    const { url } = await serving(serve(CONTENT));

    const { folder, outcome } = await fetchedFrom(url);

    expect(await contentOf(outcome)).toEqual({ "map.bsp": CONTENT });
    expect(outcome).toMatchObject({ root: join(folder, "content"), fetched: { tool: "http", manifest: '"one"' } });
    expect(existsSync(join(folder, "partial"))).toBe(false);
  });

  test("fetchFile() names no version of what is Steam's, nor one that is too long", async () => {
    const { url } = await serving(serve(CONTENT));
    const long = await serving(serve(CONTENT, { etag: `"${"x".repeat(63)}"` }));
    const source = { kind: "workshop", app: 7, item: "42", fileUrl: url } as const;

    expect((await fetchedFrom(url, { source })).outcome).toMatchObject({ fetched: { manifest: null } });
    expect((await fetchedFrom(long.url)).outcome).toMatchObject({ fetched: { manifest: null } });
  });

  test("fetchFile() tells the file's name where it has one, and none of what is Steam's", async () => {
    const { url } = await serving(serve(CONTENT));
    const nameless = await serving((_, response) => void response.end(CONTENT));
    const source = { kind: "workshop", app: 7, item: "42", fileUrl: url } as const;
    const fetchedOf = async (from: string, changes = {}) => {
      const { outcome } = await fetchedFrom(from, changes);
      return outcome.kind === "fetched" ? outcome.fetched : null;
    };

    expect(await fetchedOf(url)).toMatchObject({ name: "map.bsp" });
    expect(await fetchedOf(nameless.url)).toEqual({ tool: "http", manifest: null });
    expect(await fetchedOf(url, { source })).toEqual({ tool: "http", manifest: null });
  });

  test("fetchFile() goes on where the stream broke, under the same validator", async () => {
    const { url, requests } = await serving(serve(LONG, { breakAfter: [3_000_000] }));

    const { outcome } = await fetchedFrom(url);

    expect(await contentOf(outcome)).toEqual({ "map.bsp": LONG });
    expect(getsIn(requests)[1]?.headers).toMatchObject({
      "if-range": '"one"',
      range: expect.stringMatching(/^bytes=[1-9]\d*-3999998$/),
    });
  });

  test("fetchFile() goes on in a later call", async () => {
    const { url, requests } = await serving(serve(LONG, { breakAfter: [3_000_000] }));
    const stop = new AbortController();
    const folder = await tempFolder();
    const first = await fetchedFrom(url, {
      folder,
      signal: stop.signal,
      onProgress: ({ bytes }) => {
        if (bytes > 1_000_000) stop.abort();
      },
    });

    const second = await fetchedFrom(url, { folder });

    expect(first.outcome.kind).toBe("cancelled");
    expect(await contentOf(second.outcome)).toEqual({ "map.bsp": LONG });
    expect(getsIn(requests)[1]?.headers.range).toMatch(/^bytes=[1-9]/);
  });

  test("fetchFile() starts again when the source changed, and never mixes", async () => {
    const changed = "x".repeat(100_000);
    const after = serve(changed, { etag: '"two"' });
    let isChanged = false;
    const before = serve(LONG, { breakAfter: [3_000_000] });
    const { url } = await serving((request, response, turn) => {
      (isChanged ? after : before)(request, response, turn);
      isChanged ||= request.method === "GET";
    });

    const { outcome } = await fetchedFrom(url);

    expect(await contentOf(outcome)).toEqual({ "map.bsp": changed });
  });

  test("fetchFile() starts again when a range is answered with another", async () => {
    const instead = ({ turn, response }: Get): boolean => {
      if (turn === 2) response.writeHead(206, { "content-range": "bytes 5-9/3999999" }).end("wrong");
      return turn === 2;
    };
    const { url, requests } = await serving(serve(LONG, { breakAfter: [3_000_000], instead }));

    expect(await contentOf((await fetchedFrom(url)).outcome)).toEqual({ "map.bsp": LONG });
    expect(getsIn(requests)[2]?.headers.range).toBeUndefined();
  });

  test("fetchFile() gives up on a source that keeps changing", async () => {
    const instead = ({ range, response }: Get): boolean => {
      if (range !== null) response.writeHead(416).end();
      return range !== null;
    };
    const { url } = await serving(serve(LONG, { breakAfter: Array(9).fill(3_000_000), instead }));

    expect(codeOf((await fetchedFrom(url)).outcome)).toBe("source_changed");
  });

  test("fetchFile() needs no validator, it then starts from the first byte", async () => {
    const { url, requests } = await serving(serve(CONTENT, { etag: null, breakAfter: [50_000] }));

    expect(await contentOf((await fetchedFrom(url)).outcome)).toEqual({ "map.bsp": CONTENT });
    expect(getsIn(requests).map(({ headers }) => headers.range)).toEqual([undefined, undefined]);
  });

  test("fetchFile() does not trust half a mark from before a crash", async () => {
    const { url } = await serving(serve(CONTENT));
    const folder = await tempFolder();
    const stop = new AbortController();
    await fetchedFrom(url, { folder, signal: stop.signal, onProgress: () => stop.abort() });
    await writeFile(join(folder, "partial/journal.json"), '{"url":"htt');

    expect(await contentOf((await fetchedFrom(url, { folder })).outcome)).toEqual({ "map.bsp": CONTENT });
  });

  test("fetchFile() reports bytes and total", async () => {
    const { url } = await serving(serve(CONTENT));
    const seen: object[] = [];

    await fetchedFrom(url, { onProgress: (progress) => seen.push(progress) });

    expect(seen.at(-1)).toEqual({ bytes: 100_000, total: 100_000 });
  });

  test("fetchFile() follows redirects", async () => {
    const target = await serving(serve(CONTENT));
    const { url } = await serving(
      (_, response) => void response.writeHead(302, { location: `${target.url}map` }).end(),
    );

    expect((await fetchedFrom(url)).outcome.kind).toBe("fetched");
  });

  test.each([
    ["a missing file", 404, {}, "", "source_not_found"],
    ["a file that is gone", 410, {}, "", "source_not_found"],
    ["a refusal", 403, {}, "", "source_unreachable"],
    ["a broken server", 503, {}, "", "source_unreachable"],
    ["a web page", 200, { "content-type": "text/html; charset=utf-8" }, "<html>", "source_not_a_file"],
    ["an empty file", 200, {}, "", "empty_result"],
    ["a size over the limit", 200, { "content-length": "5000001" }, "", "too_large"],
    ["more bytes than the limit without a size", 200, {}, "x".repeat(5_100_000), "too_large"],
    ["redirects in a circle", 302, { location: "/ugc/77/" }, "", "source_unreachable"],
    ["a redirect to another scheme", 302, { location: "file:///etc/passwd" }, "", "source_unreachable"],
  ] as const)("fetchFile() tells %s", async (_, status, headers, body, code) => {
    const { url } = await serving(({ method }, response) => {
      response.writeHead(status, headers).flushHeaders();
      if (method === "HEAD" || !("content-length" in headers)) response.end(body);
    });

    expect(codeOf((await fetchedFrom(url)).outcome)).toBe(code);
  });

  test("fetchFile() takes a page that is offered as an attachment", async () => {
    const { url } = await serving((_, response) => {
      const disposition = 'attachment; filename="page.html"';
      response.writeHead(200, { "content-type": "text/html", "content-disposition": disposition }).end("<html>");
    });

    expect(await contentOf((await fetchedFrom(url)).outcome)).toEqual({ "page.html": "<html>" });
  });

  test("fetchFile() waits for as long as a throttle says, and thirty minutes at least", async () => {
    const { url } = await serving((_, response) => void response.writeHead(429, { "retry-after": "7200" }).end());
    const { url: silentUrl } = await serving((_, response) => void response.writeHead(429).end());

    expect((await fetchedFrom(url)).outcome).toMatchObject({
      failure: { code: "rate_limited", retryAfterMs: 7_200_000 },
    });
    expect((await fetchedFrom(silentUrl)).outcome).toMatchObject({ failure: { retryAfterMs: 1_800_000 } });
  });

  test("fetchFile() gives up on a server that says nothing more", async () => {
    const instead = ({ response }: Get): boolean => {
      response.writeHead(200, { etag: '"one"', "content-length": CONTENT.length }).flushHeaders();
      return true;
    };
    const { url, requests } = await serving(serve(CONTENT, { instead }));

    expect(codeOf((await fetchedFrom(url, {}, { idleMs: 20, resumesMax: 1 })).outcome)).toBe("source_unreachable");
    expect(getsIn(requests)).toHaveLength(2);
  });

  test("fetchFile() settles as cancelled when it is aborted", async () => {
    const stop = new AbortController();
    const { url } = await serving(() => stop.abort());

    expect((await fetchedFrom(url, { signal: stop.signal })).outcome.kind).toBe("cancelled");
  });

  test("fetchFile() keeps a hostile name inside its folder", async () => {
    const { url } = await serving((_, response) => {
      response.writeHead(200, { "content-disposition": 'attachment; filename="../../../evil.sh"' }).end("x");
    });

    expect(await contentOf((await fetchedFrom(url)).outcome)).toEqual({ "evil.sh": "x" });
  });
});

describe("fetchFile() and private addresses", () => {
  test.each(["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"])(
    "fetchFile() connects to nothing at %s",
    async (host) => {
      const { url, requests } = await serving(serve(CONTENT));

      const { outcome } = await fetchedFrom(url.replace("127.0.0.1", host), {}, { allowPrivate: false });

      expect(outcome).toMatchObject({
        failure: { code: "source_unreachable", detail: expect.stringContaining("private") },
      });
      expect(requests).toEqual([]);
    },
  );
});
