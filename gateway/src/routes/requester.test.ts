import { expect, test } from "vitest";
import { createApi } from "./api.ts";
import { requesterOf } from "./requester.ts";

const api = createApi();
api.get("/who", (c) => c.text(requesterOf(c)));

/** A request as Deno hands it in: from `peer`, perhaps through a proxy. */
async function who(peer?: string, forwardedFor?: string): Promise<string> {
  const headers: Record<string, string> = forwardedFor === undefined ? {} : { "x-forwarded-for": forwardedFor };
  const env = peer === undefined ? {} : { remoteAddr: { hostname: peer } };
  return (await api.request("/who", { headers }, env)).text();
}

test("requesterOf() is one key per household and never its address", async () => {
  const key = await who("192.0.2.1");

  expect(key).toMatch(/^[\w-]{22}$/);
  expect(await who("192.0.2.1")).toBe(key);
  expect(await who("192.0.2.2")).not.toBe(key);
  expect(await who("2001:db8::1")).toBe(await who("2001:db8::ffff"));
  expect(await who()).toBe(await who());
});

test("requesterOf() believes X-Forwarded-For from the operator's own proxy only", async () => {
  const key = await who("203.0.113.7");

  expect(await who("127.0.0.1", "203.0.113.7")).toBe(key);
  expect(await who("198.51.100.1", "203.0.113.7")).not.toBe(key);
});
