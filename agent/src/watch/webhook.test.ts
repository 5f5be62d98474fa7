import { describe, expect, test } from "vitest";
import { eventually } from "../../test/eventually.ts";
import { aDownload } from "../../test/fake-rtorrent.ts";
import { hookTarget } from "../../test/hook-target.ts";
import { aWatch, configOf, watching } from "../../test/watch-bench.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const { hash } = aDownload();

const withOne = () =>
  watching((server) => {
    server.downloads = [aDownload()];
  });

describe("addWebHook()", () => {
  test("posts each event once, in order, in dTorrent's form, however many listen", async () => {
    const target = await hookTarget();
    const { server, manager, heard } = await withOne();
    manager.addListener({ onAdded: () => undefined });
    manager.addWebHook(target.url);
    await eventually(() => expect(heard).toHaveLength(1));

    server.downloads = [aDownload({ downloaded: 3_000_000 })];
    await eventually(() => expect(target.received).toHaveLength(3));
    await manager.pause(hash);
    await manager.resume(hash);
    await manager.remove(hash);
    await server.down();
    await eventually(() => expect(target.received).toHaveLength(7));

    expect(target.received.map(({ body }) => body["event"])).toEqual([
      "added",
      "updated",
      "finished",
      "paused",
      "resumed",
      "removed",
      "error",
    ]);
    const [added, updated, , , , , error] = target.received;
    expect(added).toMatchObject({ path: "/hook?token=1", headers: { "content-type": "application/json" } });
    expect(added?.headers["transfer-encoding"]).toBe("chunked");
    expect(added?.text).toMatch(/^\{"entity":"torrent","event":"added","torrent":\{"server":"S1","hash":"6EE1/);
    expect(updated?.body).toMatchObject({ entity: "torrent", diff: ["downloaded"], torrent: { progress: 100 } });
    expect(error?.body).toEqual({
      entity: "server",
      event: "error",
      server: "S1",
      message: expect.stringContaining("Server S1 does not answer: http://127.0.0.1:"),
    });
  });

  test("says each refusal, and tries again with the same id and body, signed anew", async () => {
    const target = await hookTarget((turn) => (turn < 3 ? 500 + turn : 200));
    const failed: unknown[] = [];
    const { manager } = await withOne();

    manager.addWebHook(target.url, {
      secret: SECRET,
      onFailed: (url, status, body, headers) => {
        failed.push([url.href, status, body, headers["x-reason"]]);
        throw new Error("onFailed may throw");
      },
    });
    await eventually(() => expect(target.received).toHaveLength(3));

    expect(failed).toEqual([
      [target.url, 501, "status 501", "Test"],
      [target.url, 502, "status 502", "Test"],
    ]);
    expect(new Set(target.received.map(({ text, headers }) => `${headers["webhook-id"]} ${text}`)).size).toBe(1);
    for (const { headers } of target.received) {
      expect(headers).toMatchObject({
        "webhook-id": "msg_1",
        "webhook-timestamp": "1614265330",
        "webhook-signature": expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/),
      });
    }
  });

  test("says each silence, gives an event up after its retries, and lets nobody wait for it", async () => {
    const target = await hookTarget((turn) => (turn === 1 || turn > 2 ? "hang up" : 204));
    const errors: string[] = [];
    const { manager } = await watching((server) => {
      server.downloads = [aDownload(), aDownload({ hash: "A".repeat(40), name: "two" })];
    });

    manager.addWebHook(target.url, { onError: (url) => void errors.push(url.href) });
    await eventually(() => expect(errors).toHaveLength(4));

    expect(target.received.map(({ headers }) => headers["webhook-id"])).toEqual([
      "msg_1",
      "msg_2",
      "msg_1",
      "msg_1",
      "msg_1",
    ]);
  });

  test("does not wait for a target that is silent", async () => {
    const { server } = await withOne();
    const target = await hookTarget(() => "silence");
    const errors: unknown[] = [];
    const { watch, manager } = aWatch({ timeoutMs: 20, retryMs: [] });
    await watch.start([configOf(server)]);

    manager.addWebHook(target.url, { onError: (_url, error) => errors.push(error) });
    await eventually(() => expect(errors).toHaveLength(1));
    server.downloads = [];
    await eventually(() => expect(errors).toHaveLength(2));

    expect(errors).toMatchObject(Array(2).fill({ name: expect.stringMatching(/Abort|Timeout/) }));
  });

  test("given the same URL again takes the new options; removeWebHook() ends it", async () => {
    const target = await hookTarget();
    const { server, manager, heard } = await withOne();
    manager.addWebHook(target.url);
    manager.addWebHook(target.url, { secret: SECRET });
    await eventually(() => expect(target.received).toHaveLength(1));
    expect(target.received[0]?.headers["webhook-signature"]).toMatch(/^v1,/);

    manager.removeWebHook(target.url);
    server.downloads = [];
    await eventually(() => expect(heard).toContain("S1 removed payload.bin"));
    await manager.stop();

    expect(target.received).toHaveLength(1);
  });

  test("of managers of single servers posts what those hear, once", async () => {
    const target = await hookTarget();
    const { server, managerOf, manager, heard } = await withOne();
    await eventually(() => expect(heard).toHaveLength(1));
    managerOf("S2").addWebHook(target.url);
    managerOf("S1").addWebHook(target.url);
    manager.addWebHook(target.url);
    managerOf("S1").addWebHook(target.url);

    server.downloads = [aDownload({ downloaded: 1 })];
    await eventually(() => expect(target.received).toHaveLength(1));
    await manager.remove(hash);
    await eventually(() => expect(target.received).toHaveLength(2));

    expect(target.received.map(({ body }) => body["event"])).toEqual(["updated", "removed"]);
  });

  test("refuses a URL and a secret that are none", async () => {
    const { manager } = aWatch();

    for (const url of ["", "monhook.com", "file:///etc/passwd"]) {
      expect(() => manager.addWebHook(url), url).toThrow(/needs an http or https URL/);
    }
    expect(() => manager.addWebHook("http://a.b", { secret: "?" })).toThrow(/whsec_/);
  });
});
