import { describe, expect, test } from "vitest";
import { aStatus } from "../../test/a-status.ts";
import { knock as ask } from "../../test/knock.ts";
import { silentLog } from "../log.ts";
import type { Status } from "../status.ts";
import { openLocalSurface } from "./server.ts";

async function surface(status: () => Status = aStatus) {
  let drains = 0;
  const drain = (): void => {
    drains += 1;
  };
  const local = await openLocalSurface({
    host: "127.0.0.1",
    port: 0,
    origins: [],
    token: null,
    status,
    drain,
    log: silentLog,
  });
  return { url: local.url, drains: () => drains, [Symbol.asyncDispose]: () => local.close() };
}

describe("openLocalSurface()", () => {
  test("GET /api/status tells programs everything", async () => {
    await using local = await surface();

    const response = await fetch(`${local.url}/api/status`);

    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toEqual(aStatus());
  });

  test("GET / shows a page that loads nothing from elsewhere", async () => {
    await using local = await surface();

    const response = await fetch(local.url, { headers: { "accept-language": "ru" } });

    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(await response.text()).toContain('<html lang="ru">');
  });

  test("GET /healthz works while the gateway is out of reach, GET /readyz says that it is", async () => {
    await using local = await surface(() => aStatus({ state: "connecting" }));

    expect(await (await fetch(`${local.url}/healthz`)).json()).toEqual({ status: "ok", pid: process.pid });
    expect((await fetch(`${local.url}/readyz`)).status).toBe(503);
  });

  test("POST /api/drain drains for a program, and not for a strange web page", async () => {
    await using local = await surface();

    const strange = await fetch(`${local.url}/api/drain`, {
      method: "POST",
      headers: { origin: "https://evil.example" },
    });
    expect(strange.status).toBe(403);
    expect(local.drains()).toBe(0);
    expect((await fetch(`${local.url}/api/drain`, { method: "POST" })).status).toBe(202);
    expect(local.drains()).toBe(1);
  });

  test("GET of anything is refused under a host name that is not ours", async () => {
    await using local = await surface();

    expect((await ask(`${local.url}/api/status`, { host: "evil.example" })).status).toBe(421);
    expect((await ask(`${local.url}/api/drain`, { host: "evil.example" }, "POST")).status).toBe(421);
    expect((await ask(`${local.url}/api/status`, { host: "localhost" })).status).toBe(200);
    expect(local.drains()).toBe(0);
  });

  test("unknown paths and methods are problems", async () => {
    await using local = await surface();

    const missing = await fetch(`${local.url}/etc/passwd`);
    const wrong = await fetch(`${local.url}/api/drain`);

    expect([missing.status, missing.headers.get("content-type")]).toEqual([404, "application/problem+json"]);
    expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "POST"]);
  });

  test("a failure says nothing of its cause", async () => {
    await using local = await surface(() => {
      throw new Error("secret detail");
    });

    const response = await fetch(`${local.url}/api/status`);

    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("secret");
  });

  test("openLocalSurface() throws when the port is taken", async () => {
    await using local = await surface();
    const port = Number(new URL(local.url).port);

    const second = openLocalSurface({
      host: "127.0.0.1",
      port,
      origins: [],
      token: null,
      status: aStatus,
      drain: () => {},
      log: silentLog,
    });

    await expect(second).rejects.toThrow(/EADDRINUSE/);
  });
});
