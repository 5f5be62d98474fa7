import { Secret } from "@modfleet/protocol";
import { describe, expect, test } from "vitest";
import { type Access, isForeignPage, isLoopback, isOurHost, refusalOf } from "./guard.ts";

describe("isOurHost()", () => {
  test.each([
    ["127.0.0.1:8765", "127.0.0.1", true],
    ["localhost:8765", "127.0.0.1", true],
    ["[::1]:8765", "::1", true],
    ["LOCALHOST", "127.0.0.1", true],
    ["agent.lan:8765", "agent.lan", true],
    ["evil.example:8765", "127.0.0.1", false],
    ["AGENT.lan:8765", "Agent.LAN", true],
    ["[fd00::2]:8765", "FD00:0::0:2", true],
    ["[fd00::3]:8765", "fd00::2", false],
    ["evil.example:8765", "agent.lan", false],
    ["192.168.1.5:8765", "127.0.0.1", false],
    ["192.168.1.5:8765", "0.0.0.0", true],
    ["[fd00::2]:8765", "::", true],
    ["evil.example:8765", "0.0.0.0", false],
    ["127.0.0.1.evil.example", "127.0.0.1", false],
    ["user@127.0.0.1", "127.0.0.1", false],
    ["", "127.0.0.1", false],
    [undefined, "127.0.0.1", false],
  ])("isOurHost() of %s, listening on %s, is %s", (header, host, expected) => {
    expect(isOurHost(header, { host })).toBe(expected);
  });
});

describe("isLoopback()", () => {
  test.each([
    ["127.0.0.1", true],
    ["127.255.0.3", true],
    ["::1", true],
    ["::ffff:127.0.0.1", true],
    ["::FFFF:127.0.0.1", true],
    ["::ffff:192.0.2.2", false],
    ["192.0.2.2", false],
    ["10.127.0.1", false],
    ["fd00::2", false],
    ["0.0.0.0", false],
    [undefined, false],
  ])("isLoopback() of %s is %s", (address, expected) => {
    expect(isLoopback(address)).toBe(expected);
  });
});

describe("isForeignPage()", () => {
  const host = "127.0.0.1:8765";
  const from = (origin: string | undefined, origins: string[] = []): boolean =>
    isForeignPage({ host, ...(origin !== undefined && { origin }) }, { origins });

  test("isForeignPage() lets programs and its own page through", () => {
    expect(from(undefined)).toBe(false);
    expect(from("http://127.0.0.1:8765")).toBe(false);
    expect(isForeignPage({ host: "LocalHost:1", origin: "http://localhost:1" }, { origins: [] })).toBe(false);
  });

  test("isForeignPage() knows other pages unless they are configured", () => {
    expect(from("https://evil.example")).toBe(true);
    expect(from("null")).toBe(true);
    expect(from("")).toBe(true);
    expect(from("http://127.0.0.1:1")).toBe(true);
    expect(from("https://tools.example", ["https://tools.example"])).toBe(false);
    expect(from("https://evil.example", ["*"])).toBe(false);
  });

  test.each([
    ["cross-site", true],
    ["same-site", true],
    ["same-origin", false],
    ["none", false],
  ])("isForeignPage() of what a page embeds without an Origin, %s, is %s", (site, expected) => {
    expect(isForeignPage({ host, "sec-fetch-site": site }, { origins: [] })).toBe(expected);
  });
});

describe("refusalOf()", () => {
  const token = new Secret("a-token-of-this-test");
  const bearer = { authorization: "Bearer a-token-of-this-test" };
  const basic = { authorization: `Basic ${Buffer.from("me:a-token-of-this-test").toString("base64")}` };
  const evil = { origin: "https://evil.example" };
  const statusOf = (
    peer: string | undefined,
    access: Access,
    more: Record<string, string> = {},
  ): number | undefined => {
    const visitor = { headers: { host: "192.0.2.2:8765", ...more }, url: "/", peer };
    return refusalOf(visitor, access, { host: "0.0.0.0", origins: [], token })?.status;
  };

  test.each<[string | undefined, Access, Record<string, string>, number | undefined]>([
    ["::ffff:127.0.0.1", "change", {}, undefined],
    ["192.0.2.2", "health", {}, undefined],
    ["192.0.2.2", "read", {}, 401],
    ["::ffff:192.0.2.2", "read", {}, 401],
    [undefined, "read", {}, 401],
    ["192.0.2.2", "read", bearer, undefined],
    ["192.0.2.2", "change", bearer, undefined],
    ["192.0.2.2", "change", { ...bearer, ...evil }, undefined],
    ["192.0.2.2", "change", basic, undefined],
    ["192.0.2.2", "change", { ...basic, origin: "http://192.0.2.2:8765" }, undefined],
    ["192.0.2.2", "read", { ...basic, ...evil }, undefined],
    ["127.0.0.1", "read", evil, undefined],
    ["127.0.0.1", "change", evil, 403],
    ["127.0.0.1", "change", { host: "evil.example", ...bearer }, 421],
    ["127.0.0.1", "health", { host: "evil.example" }, 421],
  ])("refusalOf() from %s to %s with %j is %s", (peer, access, headers, expected) => {
    expect(statusOf(peer, access, headers)).toBe(expected);
  });

  test("refusalOf() lets no foreign page use the password that its browser remembers", () => {
    expect(statusOf("192.0.2.2", "change", { ...basic, ...evil })).toBe(403);
    expect(statusOf("127.0.0.1", "change", { ...basic, ...evil })).toBe(403);
  });

  test("refusalOf() asks another machine for a token also where there is none that could be shown", () => {
    const visitor = { headers: { host: "192.0.2.2", authorization: "Bearer " }, url: "/?token=", peer: "192.0.2.2" };

    expect(refusalOf(visitor, "read", { host: "0.0.0.0", origins: ["*"], token: null })?.status).toBe(401);
  });
});
