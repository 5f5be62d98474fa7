import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { filesIn, silent, steamcmdStage } from "../../../test/fake-steamcmd-engine.ts";
import type { FetchOutcome, FetchRequest } from "../engine.ts";
import { createHttpEngine } from "./engine.ts";
import { fetchFile } from "./fetch-file.ts";

type Answer = (request: IncomingMessage, response: ServerResponse, turn: number) => void;
const CONTENT = "0123456789".repeat(10_000);
/** Far more than the pipes between server and client hold, so that a break leaves bytes behind. */
const LONG = "0123456789".repeat(400_000);

/** A server that answers its requests in turn; `url` has a path without a file's name. */
async function serving(answer: Answer) {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    answer(request, response, requests.length);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("No port");
  return { url: `http://127.0.0.1:${address.port}/ugc/77/`, requests };
}

/** Serves `content` with ranges, breaking the connection after `breakAfter` bytes of the first answer. */
function serve(content: string, { breakAfter = Number.POSITIVE_INFINITY, etag = '"one"' } = {}): Answer {
  return ({ headers }, response, turn) => {
    const from = headers["if-range"] === etag ? Number(/bytes=(\d+)-/.exec(headers.range ?? "")?.[1] ?? 0) : 0;
    const body = content.slice(from);
    const range = `bytes ${from}-${content.length - 1}/${content.length}`;
    response.writeHead(from > 0 ? 206 : 200, {
      etag,
      "content-length": body.length,
      "content-disposition": 'inline; filename="map.bsp"',
      ...(from > 0 ? { "content-range": range } : {}),
    });
    if (turn > 1 || breakAfter >= body.length) return void response.end(body);
    // Closed politely, so that the bytes before the break arrive.
    response.write(body.slice(0, breakAfter), () => response.socket?.end());
  };
}

async function tempFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "modfleet-http-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function fetched(
  url: string,
  changes: Partial<FetchRequest> = {},
  options: { allowPrivate?: boolean; idleMs?: number; resumesMax?: number } = {},
) {
  const folder = changes.folder ?? (await tempFolder());
  const request: FetchRequest = {
    source: { kind: "http", url },
    folder,
    maxBytes: 5_000_000,
    expectedBytes: null,
    slot: 0,
    onProgress: () => undefined,
    signal: new AbortController().signal,
    ...changes,
  };
  const { allowPrivate = true, idleMs = 10_000, resumesMax = 2 } = options;
  const limits = { resumeWaitMs: 1, resumesMax, idleMs };
  const outcome = await fetchFile({ url, fallbackName: "42_legacy.bin" }, request, { allowPrivate, limits });
  return { folder, outcome };
}

const codeOf = (outcome: FetchOutcome) => (outcome.kind === "failed" ? outcome.failure.code : outcome.kind);

async function contentOf(outcome: FetchOutcome): Promise<Record<string, string>> {
  if (outcome.kind !== "fetched") throw new Error(JSON.stringify(outcome));
  return await filesIn(outcome.root);
}

describe("fetchFile()", () => {
  test("fetchFile() puts the file alone into a folder, named as the server names it", async () => {
    const { url } = await serving(serve(CONTENT));

    const { folder, outcome } = await fetched(url);

    expect(await contentOf(outcome)).toEqual({ "map.bsp": CONTENT });
    expect(outcome).toMatchObject({ root: join(folder, "content"), fetched: { manifest: null } });
    expect(existsSync(join(folder, "partial"))).toBe(false);
  });

  test("fetchFile() goes on where the stream broke, under the same validator", async () => {
    const { url, requests } = await serving(serve(LONG, { breakAfter: 3_000_000 }));

    const { outcome } = await fetched(url);

    expect(await contentOf(outcome)).toEqual({ "map.bsp": LONG });
    expect(requests[1]?.headers).toMatchObject({
      "if-range": '"one"',
      range: expect.stringMatching(/^bytes=[1-9]\d*-$/),
    });
  });

  test("fetchFile() goes on in a later call", async () => {
    const { url, requests } = await serving(serve(LONG, { breakAfter: 3_000_000 }));
    const stop = new AbortController();
    const folder = await tempFolder();
    const first = await fetched(url, {
      folder,
      signal: stop.signal,
      onProgress: ({ bytes }) => {
        if (bytes > 1_000_000) stop.abort();
      },
    });

    const second = await fetched(url, { folder });

    expect(first.outcome.kind).toBe("cancelled");
    expect(await contentOf(second.outcome)).toEqual({ "map.bsp": LONG });
    expect(requests[1]?.headers.range).toMatch(/^bytes=[1-9]/);
  });

  test("fetchFile() starts again when the source changed, and never mixes", async () => {
    const changed = "x".repeat(100_000);
    const before = serve(LONG, { breakAfter: 3_000_000 });
    const { url } = await serving((request, response, turn) =>
      (turn === 1 ? before : serve(changed, { etag: '"two"' }))(request, response, turn),
    );

    const { outcome } = await fetched(url);

    expect(await contentOf(outcome)).toEqual({ "map.bsp": changed });
  });

  test("fetchFile() starts again when a range is answered with another", async () => {
    const { url } = await serving((request, response, turn) => {
      if (turn !== 2) return serve(LONG, { breakAfter: turn === 1 ? 3_000_000 : LONG.length })(request, response, turn);
      response.writeHead(206, { "content-range": "bytes 5-9/4000000" }).end("wrong");
    });

    expect(await contentOf((await fetched(url)).outcome)).toEqual({ "map.bsp": LONG });
  });

  test("fetchFile() gives up on a source that keeps changing", async () => {
    const { url } = await serving((request, response, turn) => {
      if (turn % 2 === 1) return serve(LONG, { breakAfter: 3_000_000 })(request, response, 1);
      response.writeHead(416).end();
    });

    expect(codeOf((await fetched(url)).outcome)).toBe("source_changed");
  });

  test("fetchFile() needs no validator, it then starts from the first byte", async () => {
    const { url, requests } = await serving((_, response, turn) => {
      response.writeHead(200, { "content-length": 6 });
      if (turn === 1) response.write("abc", () => response.socket?.end());
      else response.end("abcdef");
    });

    expect(await contentOf((await fetched(url)).outcome)).toEqual({ "42_legacy.bin": "abcdef" });
    expect(requests[1]?.headers.range).toBeUndefined();
  });

  test("fetchFile() does not trust half a mark from before a crash", async () => {
    const { url } = await serving(serve(CONTENT));
    const folder = await tempFolder();
    const stop = new AbortController();
    await fetched(url, { folder, signal: stop.signal, onProgress: () => stop.abort() });
    await writeFile(join(folder, "partial/mark.json"), '{"url":"htt');

    expect(await contentOf((await fetched(url, { folder })).outcome)).toEqual({ "map.bsp": CONTENT });
  });

  test("fetchFile() reports bytes and total", async () => {
    const { url } = await serving(serve(CONTENT));
    const seen: object[] = [];

    await fetched(url, { onProgress: (progress) => seen.push(progress) });

    expect(seen.at(-1)).toEqual({ bytes: 100_000, total: 100_000 });
  });

  test("fetchFile() follows redirects", async () => {
    const target = await serving(serve(CONTENT));
    const { url } = await serving(
      (_, response) => void response.writeHead(302, { location: `${target.url}map` }).end(),
    );

    expect((await fetched(url)).outcome.kind).toBe("fetched");
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
    const { url } = await serving((__, response) => {
      response.writeHead(status, headers);
      response.write(body);
      if (!("content-length" in headers)) response.end();
    });

    expect(codeOf((await fetched(url)).outcome)).toBe(code);
  });

  test("fetchFile() takes a page that is offered as an attachment", async () => {
    const { url } = await serving((_, response) => {
      const disposition = 'attachment; filename="page.html"';
      response.writeHead(200, { "content-type": "text/html", "content-disposition": disposition }).end("<html>");
    });

    expect(await contentOf((await fetched(url)).outcome)).toEqual({ "page.html": "<html>" });
  });

  test("fetchFile() waits for as long as a throttle says, and thirty minutes at least", async () => {
    const { url } = await serving((_, response) => void response.writeHead(429, { "retry-after": "7200" }).end());
    const { url: silentUrl } = await serving((_, response) => void response.writeHead(429).end());

    expect((await fetched(url)).outcome).toMatchObject({ failure: { code: "rate_limited", retryAfterMs: 7_200_000 } });
    expect((await fetched(silentUrl)).outcome).toMatchObject({ failure: { retryAfterMs: 1_800_000 } });
  });

  test("fetchFile() gives up on a server that says nothing more", async () => {
    const { url, requests } = await serving(
      (_, response) => void response.writeHead(200, { "content-length": 5 }).flushHeaders(),
    );

    expect(codeOf((await fetched(url, {}, { idleMs: 20, resumesMax: 1 })).outcome)).toBe("source_unreachable");
    expect(requests).toHaveLength(2);
  });

  test("fetchFile() settles as cancelled when it is aborted", async () => {
    const stop = new AbortController();
    const { url } = await serving(() => stop.abort());

    expect((await fetched(url, { signal: stop.signal })).outcome.kind).toBe("cancelled");
  });

  test("fetchFile() keeps a hostile name inside its folder", async () => {
    const { url } = await serving((_, response) => {
      response.writeHead(200, { "content-disposition": 'attachment; filename="../../../evil.sh"' }).end("x");
    });

    expect(await contentOf((await fetched(url)).outcome)).toEqual({ "evil.sh": "x" });
  });
});

describe("fetchFile() and private addresses", () => {
  test.each(["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"])(
    "fetchFile() connects to nothing at %s",
    async (host) => {
      const { url, requests } = await serving(serve(CONTENT));

      const { outcome } = await fetched(url.replace("127.0.0.1", host), {}, { allowPrivate: false });

      expect(outcome).toMatchObject({
        failure: { code: "source_unreachable", detail: expect.stringContaining("private") },
      });
      expect(requests).toEqual([]);
    },
  );
});

describe("createHttpEngine()", () => {
  const engine = createHttpEngine({ allowPrivate: true, log: silent, limits: { resumeWaitMs: 1, resumesMax: 0 } });
  const sha256 = createHash("sha256").update(CONTENT).digest("hex");

  async function fetchWith(source: FetchRequest["source"]) {
    const signal = new AbortController().signal;
    const folder = await tempFolder();
    return await engine.fetch({
      source,
      folder,
      maxBytes: 1e6,
      expectedBytes: null,
      slot: 0,
      onProgress: () => undefined,
      signal,
    });
  }

  test("fetch() goes to the next mirror when an address fails or its bytes are wrong", async () => {
    const missing = await serving((_, response) => void response.writeHead(404).end());
    const wrong = await serving(serve("wrong"));
    const right = await serving(serve(CONTENT));

    const outcome = await fetchWith({ kind: "http", url: missing.url, mirrors: [wrong.url, right.url], sha256 });

    expect(await contentOf(outcome)).toEqual({ "map.bsp": CONTENT });
  });

  test("fetch() keeps no bytes with another hash", async () => {
    const { url } = await serving(serve("wrong"));

    expect(codeOf(await fetchWith({ kind: "http", url, sha256 }))).toBe("hash_mismatch");
  });

  test("fetch() refuses what is not HTTP's", async () => {
    expect(codeOf(await fetchWith({ kind: "workshop", app: 1, item: "2" }))).toBe("internal");
    expect(await engine.check(new AbortController().signal)).toMatchObject({ ok: true });
  });
});

describe("fetch() of a legacy item", () => {
  const source = (fileUrl: string) => ({ kind: "workshop", app: 7, item: "42", fileUrl }) as const;

  test("fetch() takes it over HTTP and starts no SteamCMD", async () => {
    const { url } = await serving((_, response) => void response.end("legacy"));
    const stage = await steamcmdStage({}, { allowPrivate: true });

    const outcome = await stage.fetch({ source: source(url) });

    expect(await contentOf(outcome)).toEqual({ "42_legacy.bin": "legacy" });
    expect(stage.fake.runs()).toEqual([]);
  });

  test("fetch() lets no gateway send it into the volunteer's own network", async () => {
    const { url, requests } = await serving((_, response) => void response.end("secret"));
    const stage = await steamcmdStage();

    expect(codeOf(await stage.fetch({ source: source(url) }))).toBe("source_unreachable");
    expect(requests).toEqual([]);
  });

  test("fetch() writes into the job's folder only", async () => {
    const { url } = await serving((_, response) => void response.end("legacy"));
    const stage = await steamcmdStage({}, { allowPrivate: true });

    const outcome = await stage.fetch({ source: source(url) });

    expect(outcome).toHaveProperty("root", join(stage.folder, "job/content"));
    expect(await readFile(join(stage.folder, "job/content/42_legacy.bin"), "utf8")).toBe("legacy");
  });
});
