import { describe, expect, test } from "vitest";
import { tempFolder } from "../../test/temp-folder.ts";
import { readWatchFile, type WatchFileRead } from "./watch-file.ts";

async function read(content: unknown): Promise<WatchFileRead> {
  await using folder = await tempFolder();
  await folder.write({ "watch.json": typeof content === "string" ? content : JSON.stringify(content) });
  return readWatchFile(folder.at("watch.json"));
}

async function problemsOf(content: unknown): Promise<string[]> {
  const found = await read(content);
  return found.ok ? [] : found.problems;
}

describe("readWatchFile()", () => {
  test("readWatchFile() settles servers and webhooks, and takes a list of servers alone", async () => {
    const servers = [{ name: "home", port: "5000" }, {}];
    const webhooks = [{ url: "http://a/b", secret: "whsec_c2VjcmV0" }, { url: "https://c" }];

    expect(await read({ servers, webhooks })).toMatchObject({
      ok: true,
      file: { servers, webhooks, settings: [{ name: "home" }, { name: "Server 2" }] },
    });
    expect(await read(servers)).toMatchObject({ ok: true, file: { servers, webhooks: [] } });
  });

  test.each([
    ["no JSON", "{", /JSON/],
    ["something else", "7", /^It must be/],
    ["no servers", { servers: [] }, /at least one server/],
    ["a word too much", { servers: [{}], webhook: [] }, /"webhook"\. It must be/],
    ["a server that is none", [{}, 7], /^server 2: must be an object/],
    ["a wrong port", [{ port: 0 }], /server 1: port/],
    ["a client that cannot be in a file", [{ client: "./mine.js" }], /not supported : .\/mine.js/],
    ["one name for two", [{ name: "a" }, { name: "a" }, { name: "a" }], /^Two servers have the name a$/],
    ["a webhook without an address", { servers: [{}], webhooks: [{}] }, /^webhook 1 url: /],
    ["a webhook that is none", { servers: [{}], webhooks: [{ url: "there" }] }, /webhook 1: .*http or https/],
    ["a secret that is none", { servers: [{}], webhooks: [{ url: "http://a", secret: "?" }] }, /webhook 1: .*whsec_/],
    ["too much of it", " ".repeat(1024 ** 2 + 1), /more than/],
  ])("readWatchFile() refuses a file with %s", async (_what, content, message) => {
    expect(await problemsOf(content)).toEqual([expect.stringMatching(message)]);
  });

  test("readWatchFile() finds everything that is wrong with servers and webhooks at once", async () => {
    const servers = [{ port: 0 }, { url: "ftp://host" }, {}];
    const webhooks = [{ url: "there", secret: "?" }, { url: "http://fine" }];

    expect(await problemsOf({ servers, webhooks })).toEqual([
      expect.stringContaining("server 1: port"),
      expect.stringContaining("Server 2: Not an address of rTorrent"),
      expect.stringContaining("webhook 1: A webhook needs"),
      expect.stringContaining("webhook 1: A webhook's secret"),
    ]);
  });
});
