import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { FILE, fileServer } from "../test/console-files.ts";
import { eventually } from "../test/eventually.ts";
import { QUICK_LIMITS, serving } from "../test/http-file-server.ts";
import { tempFolder } from "../test/temp-folder.ts";
import type { DownloadOutcome } from "./engine/http/download-file.ts";
import type { FetchProgress } from "./local/console/downloads.ts";
import { createLocalDownloads, type LocalDownloadsOptions } from "./local-downloads.ts";

const OPTIONS: LocalDownloadsOptions = {
  ...{ allowPrivate: true, connections: 4, blockBytes: null, limits: QUICK_LIMITS },
};
const downloads = createLocalDownloads(OPTIONS);
const never = new AbortController().signal;

const fetched = (url: string, folder: string, given: { signal?: AbortSignal; seen?: FetchProgress[] } = {}) =>
  downloads.fetch({ url, folder, onProgress: (each) => given.seen?.push(each), signal: given.signal ?? never });

describe("createLocalDownloads().look()", () => {
  test.each([
    ["/plain/a.bin", { kind: "file", total: FILE.length }],
    ["/gated/a.zip", { kind: "file", total: FILE.length }],
    ["/redirect", { kind: "file", total: FILE.length }],
    ["/head-405", { kind: "file", total: FILE.length }],
    ["/no-type", { kind: "file", total: FILE.length }],
    ["/page", { kind: "page" }],
    ["/page-upper", { kind: "page" }],
    ["/404", { kind: "dead" }],
    ["/500", { kind: "dead" }],
    ["/drops", { kind: "dead" }],
    ["/circle", { kind: "dead" }],
    ["/to-file", { kind: "dead" }],
  ])("look() at %s is %o", async (path, expected) => {
    await using files = await fileServer();

    expect(await downloads.look(`${files.url}${path}`, never)).toEqual(expected);
  });

  test("look() finds a file whose server is silent to HEAD only", async () => {
    const { url } = await serving(({ method }, response) => {
      if (method === "GET") response.writeHead(200, { "content-length": 3 }).end("abc");
    });

    expect(await createLocalDownloads({ ...OPTIONS, answerMs: 2_000 }).look(url, never)).toEqual({
      kind: "file",
      total: 3,
    });
  });

  test("look() gives up a server that never answers", async () => {
    await using files = await fileServer();

    expect(await createLocalDownloads({ ...OPTIONS, answerMs: 100 }).look(`${files.url}/never`, never)).toEqual({
      kind: "dead",
    });
  });

  test("look() takes a page that is sent as a file for one", async () => {
    const { url } = await serving((_, response) => {
      response.writeHead(200, {
        "content-type": "text/html",
        "content-disposition": "attachment",
        "content-length": 3,
      });
      response.end("abc");
    });

    expect(await downloads.look(url, never)).toEqual({ kind: "file", total: 3 });
  });

  test("look() reaches no private address unless that is allowed, behind a redirect neither", async () => {
    await using files = await fileServer();
    const strict = createLocalDownloads({ ...OPTIONS, allowPrivate: false });

    expect(await strict.look(`${files.url}/plain/a.bin`, never)).toEqual({ kind: "dead" });
    expect(await strict.look(files.url.replace("127.0.0.1", "localhost"), never)).toEqual({ kind: "dead" });
  });

  test("look() ends when its signal fires", async () => {
    await using files = await fileServer();
    const stop = new AbortController();
    const looking = downloads.look(`${files.url}/never`, stop.signal);

    stop.abort();

    expect(await looking).toEqual({ kind: "dead" });
  });
});

describe("createLocalDownloads().fetch()", () => {
  test("fetch() goes on where it was stopped", async () => {
    await using files = await fileServer();
    await using folder = await tempFolder();
    const stop = new AbortController();
    const before: FetchProgress[] = [];
    const after: FetchProgress[] = [];
    const first = fetched(`${files.url}/gated/a.zip`, folder.path, { signal: stop.signal, seen: before });
    await eventually(() => expect(before.at(-1)?.bytes).toBe(FILE.length / 2));
    stop.abort();
    expect(await first).toMatchObject({ kind: "failed" });
    files.open("a.zip");

    const second = await fetched(`${files.url}/gated/a.zip`, folder.path, { seen: after });

    expect(second).toEqual({ kind: "fetched", file: folder.at("file", "a.zip"), name: "a.zip", bytes: FILE.length });
    expect(await readFile(folder.at("file", "a.zip"))).toEqual(FILE);
    expect(after[0]?.bytes).toBeGreaterThanOrEqual(FILE.length / 2);
  });

  test("fetch() does not ask again for what a crash left complete", async () => {
    await using files = await fileServer();
    await using folder = await tempFolder();
    await folder.write({ "file/a.zip": "whole" });

    const outcome = await fetched(`${files.url}/plain/a.zip`, folder.path);

    expect(outcome).toEqual({ kind: "fetched", file: folder.at("file", "a.zip"), name: "a.zip", bytes: 5 });
    expect(files.gets("/plain/a.zip")).toBe(0);
  });

  test("fetch() does not take a name that a crash left without bytes for a file", async () => {
    await using files = await fileServer();
    await using folder = await tempFolder();
    await mkdir(folder.at("file"));
    await writeFile(folder.at("file", "a.zip"), "");

    expect(await fetched(`${files.url}/plain/a.zip`, folder.path)).toMatchObject({ bytes: FILE.length });
    expect(await readdir(folder.at("file"))).toEqual(["a.zip"]);
  });

  test.each([
    ["/plain/README", "README"],
    ["/plain/%D0%BA%20a", "к a"],
    ["/plain/100%", "100%"],
    ["/plain/..%2f..%2fpasswd", "passwd"],
    ["/plain/", "download"],
  ])("fetch() names %s %s", async (path, name) => {
    await using files = await fileServer();
    await using folder = await tempFolder();

    expect(await fetched(`${files.url}${path}`, folder.path)).toMatchObject({ kind: "fetched", name });
  });

  test.each([
    ["getaddrinfo EAI_AGAIN mods.example.org", 3],
    ["connect ENETUNREACH 192.0.2.1:80", 3],
    ["connect ECONNREFUSED 127.0.0.1:1", 1],
  ])("fetch() that fails with %s is tried %i times until the network is back", async (detail, expected) => {
    await using folder = await tempFolder();
    let tries = 0;
    const download = async (): Promise<DownloadOutcome> => {
      tries += 1;
      const isBack = tries === 3;
      const failure = { code: isBack ? ("source_not_found" as const) : ("source_unreachable" as const), detail };
      return { kind: "failed", failure: isBack ? { ...failure, detail: "back" } : failure };
    };
    const patient = createLocalDownloads({ ...OPTIONS, download, offlineWaitMs: 1 });

    await patient.fetch({ url: "http://mods.example.org/a", folder: folder.path, onProgress: () => {}, signal: never });

    expect(tries).toBe(expected);
  });

  test("fetch() says why it failed", async () => {
    await using files = await fileServer();
    await using folder = await tempFolder();

    expect(await fetched(`${files.url}/404`, folder.path)).toEqual({
      kind: "failed",
      detail: expect.stringMatching(/^source_not_found: .*404/),
    });
  });
});
