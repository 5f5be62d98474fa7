import { describe, expect, test } from "vitest";
import { isOurHost, mayWrite } from "./guard.ts";

describe("isOurHost()", () => {
  test.each([
    ["127.0.0.1:8765", "127.0.0.1", true],
    ["localhost:8765", "127.0.0.1", true],
    ["[::1]:8765", "::1", true],
    ["LOCALHOST", "127.0.0.1", true],
    ["agent.lan:8765", "agent.lan", true],
    ["evil.example:8765", "127.0.0.1", false],
    ["192.168.1.5:8765", "127.0.0.1", false],
    ["192.168.1.5:8765", "0.0.0.0", true],
    ["evil.example:8765", "0.0.0.0", false],
    ["127.0.0.1.evil.example", "127.0.0.1", false],
    ["user@127.0.0.1", "127.0.0.1", false],
    ["", "127.0.0.1", false],
    [undefined, "127.0.0.1", false],
  ])("isOurHost() of %s, listening on %s, is %s", (header, host, expected) => {
    expect(isOurHost(header, { host, origins: [] })).toBe(expected);
  });
});

describe("mayWrite()", () => {
  const from = (origin: string | undefined, origins: string[] = []): boolean =>
    mayWrite(
      { headers: { host: "127.0.0.1:8765", ...(origin !== undefined && { origin }) } },
      { host: "127.0.0.1", origins },
    );

  test("mayWrite() lets programs and its own page through", () => {
    expect(from(undefined)).toBe(true);
    expect(from("http://127.0.0.1:8765")).toBe(true);
  });

  test("mayWrite() refuses other pages unless they are configured", () => {
    expect(from("https://evil.example")).toBe(false);
    expect(from("null")).toBe(false);
    expect(from("http://127.0.0.1:1")).toBe(false);
    expect(from("https://tools.example", ["https://tools.example"])).toBe(true);
    expect(from("https://evil.example", ["*"])).toBe(true);
  });
});
