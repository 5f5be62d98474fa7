import { once } from "node:events";
import { request } from "node:http";
import { describe, expect, onTestFinished, test } from "vitest";
import { aStatus } from "../../test/a-status.ts";
import { createLog, silentLog } from "../log.ts";
import { openHttpDoor, type WebApp } from "./http-door.ts";
import { restTorrentRefusal } from "./resttorrent/refusal.ts";
import { openLocalSurface } from "./server.ts";

/** The door of an application on a real local port; gives its address. */
async function door(load: () => Promise<WebApp>, log = silentLog): Promise<string> {
  const surface = await openLocalSurface({
    ...{ host: "127.0.0.1", port: 0, origins: [], token: null, status: aStatus, drain: () => {}, log },
    doors: [openHttpDoor({ path: "/v1/", load, refusal: restTorrentRefusal, log })],
  });
  onTestFinished(() => surface.close());
  return surface.url;
}

describe("openHttpDoor()", () => {
  test("openHttpDoor() hands over what is below its path, with method, query and body", async () => {
    const url = await door(async () => ({
      fetch: async (asked) => Response.json([asked.method, asked.url, await asked.text()], { status: 207 }),
    }));

    const response = await fetch(`${url}/v1/a%20b?c=d`, { method: "POST", body: "x".repeat(200_000) });

    expect(response.status).toBe(207);
    expect(await response.json()).toEqual(["POST", `${url}/v1/a%20b?c=d`, "x".repeat(200_000)]);
    expect(await (await fetch(`${url}/healthz`)).json()).toMatchObject({ status: "ok" });
  });

  test("openHttpDoor() loads its application with the first request, once", async () => {
    let loads = 0;
    const url = await door(async () => {
      loads += 1;
      return { fetch: () => new Response("here") };
    });

    await fetch(`${url}/healthz`);
    expect(loads).toBe(0);
    await Promise.all([fetch(`${url}/v1/`), fetch(`${url}/v1/a`)]);
    expect(loads).toBe(1);
  });

  test("openHttpDoor() tells the application when its client has gone", async () => {
    const { promise: gone, resolve } = Promise.withResolvers<void>();
    const { promise: asked, resolve: hear } = Promise.withResolvers<void>();
    const url = await door(async () => ({
      fetch: async ({ signal }) => {
        signal.addEventListener("abort", () => resolve());
        hear();
        await gone;
        return new Response("nobody reads this");
      },
    }));
    const asking = request(`${url}/v1/`).on("error", () => {});
    asking.end();
    await asked;

    asking.destroy();

    await expect(gone).resolves.toBeUndefined();
  });

  test.each([
    ["cannot be loaded", () => Promise.reject(new Error("secret detail"))],
    ["throws", async () => ({ fetch: () => Promise.reject(new Error("secret detail")) })],
  ])("openHttpDoor() answers 500 where its application %s, and tells only the log why", async (_what, load) => {
    const lines: string[] = [];
    const url = await door(load, createLog({ level: "info", write: (line) => lines.push(line) }));

    const response = await fetch(`${url}/v1/`);

    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({ status: "fail", error: { code: "agent.failed" } });
    expect(lines).toEqual([expect.stringContaining("secret detail")]);
  });

  test("openHttpDoor() leaves a client that sends its body slowly alone", async () => {
    const url = await door(async () => ({ fetch: async (asked) => new Response(await asked.text()) }));
    const asking = request(`${url}/v1/`, { method: "POST" });
    asking.write("one ");
    await fetch(`${url}/healthz`);
    asking.end("two");

    const [response] = await once(asking, "response");
    const [chunk] = await once(response, "data");

    expect(String(chunk)).toBe("one two");
  });
});
