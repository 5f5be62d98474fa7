import { describe, expect, test } from "vitest";
import { eventually } from "../../test/eventually.ts";
import { aDownload, fakeRTorrent } from "../../test/fake-rtorrent.ts";
import { hookTarget } from "../../test/hook-target.ts";
import { tempFolder } from "../../test/temp-folder.ts";
import { createLog } from "../log.ts";
import { startDaemon } from "./daemon.ts";
import { readWatchFile, type WatchFile } from "./watch-file.ts";

function tools() {
  const lines: string[] = [];
  const log = createLog({ level: "debug", write: (line) => lines.push(line) });
  const messages = (): string[] => lines.map((line) => String(Object(JSON.parse(line)).message));
  return { lines, messages, tools: { now: Date.now, newId: () => "msg_1", log } };
}

/** What a file with this in it says. */
async function watchFile(content: unknown): Promise<WatchFile> {
  await using folder = await tempFolder();
  await folder.write({ "watch.json": JSON.stringify(content) });
  const read = readWatchFile(folder.at("watch.json"));
  if (!read.ok) throw new Error(read.problems.join());
  return read.file;
}

describe("startDaemon()", () => {
  test("startDaemon() tells webhooks and the log what happens, until it is disposed of", async () => {
    await using server = await fakeRTorrent({ wire: "scgi" });
    const hook = await hookTarget((turn) => (turn === 1 ? 500 : 204));
    const file = await watchFile({
      servers: [{ name: "home", url: server.url, interval_check: 5 }],
      webhooks: [{ url: hook.url, secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" }],
    });
    const { lines, messages, tools: given } = tools();

    {
      await using _daemon = startDaemon(file, given);
      server.downloads = [aDownload()];
      await eventually(() => expect(hook.received).toHaveLength(1));
      server.downloads = [];
      await eventually(() => expect(messages()).toContain("Torrent removed"));
      await server.down();
      await eventually(() => expect(messages()).toContain("Trouble with a torrent server"));
    }

    expect(hook.received[0]?.body).toMatchObject({ event: "added", torrent: { server: "home" } });
    expect(hook.received[0]?.headers["webhook-signature"]).toMatch(/^v1,/);
    expect(messages().slice(0, 2)).toEqual(["Torrent added", "A webhook was refused"]);
    expect(lines.join("")).not.toContain("token=1");
    const count = server.calls.length;
    await server.back();
    await new Promise((resolve) => setImmediate(resolve));
    expect(server.calls).toHaveLength(count);
  });

  test("startDaemon() takes a list of servers alone, and one that is down", async () => {
    await using server = await fakeRTorrent();
    await server.down();
    const file = await watchFile([{ host: "127.0.0.1", port: server.port, endpoint: "/RPC2" }]);
    const { lines, messages, tools: given } = tools();

    await using _daemon = startDaemon(file, given);

    await eventually(() => expect(messages()).toEqual(["Trouble with a torrent server"]));
    const reason = `Server Server 1 does not answer: http://127.0.0.1:${server.port}/RPC2: `;
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ server: "Server 1", reason: expect.stringContaining(reason) });
    expect(lines[0]?.match(/"message":/g)).toHaveLength(1);
  });
});
