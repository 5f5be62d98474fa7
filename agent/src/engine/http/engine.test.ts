import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { codeOf, contentOf, silent, steamcmdStage } from "../../../test/fake-steamcmd-engine.ts";
import { CONTENT, getsIn, serve, serving, tempFolder } from "../../../test/http-file-server.ts";
import type { FetchRequest } from "../engine.ts";
import { createHttpEngine } from "./engine.ts";

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

  test("fetch() takes it in blocks of the size that the volunteer chose", async () => {
    const { url, requests } = await serving(serve(CONTENT));
    const stage = await steamcmdStage({}, { allowPrivate: true, connections: 1, blockBytes: 50_000 });

    const outcome = await stage.fetch({ source: source(url) });

    expect(await contentOf(outcome)).toEqual({ "map.bsp": CONTENT });
    expect(getsIn(requests).map(({ headers }) => headers.range)).toEqual(["bytes=0-49999", "bytes=50000-99999"]);
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
