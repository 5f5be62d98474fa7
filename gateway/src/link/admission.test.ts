import { LIMITS } from "@modfleet/protocol";
import { expect, test } from "vitest";
import { admit, type Knock, LINK_PATH } from "./admission.ts";
import { Strangers } from "./strangers.ts";

type Given = { path?: string; peer?: string; headers?: Record<string, string>; publicUrl?: string };

function knockWith({ path = LINK_PATH, peer = "203.0.113.7", headers = {}, publicUrl }: Given = {}) {
  const sent: Record<string, string> = { host: "mods.example", upgrade: "websocket", ...headers };
  const knock: Knock = { path, peer, header: (name) => sent[name] ?? null };
  return admit(knock, { publicUrl: publicUrl ?? null, strangers: new Strangers(LIMITS.strangersPerAddressMax) });
}

const originsOf = (given: Given) => {
  const admission = knockWith(given);
  return admission.ok ? admission.visitor.origins : admission.refusal.status;
};

test.each<[string, Given, readonly string[]]>([
  ["the name that was dialled, with and without TLS", {}, ["http://mods.example", "https://mods.example"]],
  ["the dialled port", { headers: { host: "127.0.0.1:8080" } }, ["http://127.0.0.1:8080", "https://127.0.0.1:8080"]],
  [
    "the dialled name without a default port, in lower case",
    { headers: { host: "Mods.Example:443" } },
    ["http://mods.example:443", "https://mods.example"],
  ],
  ["only the configured origin", { publicUrl: "https://public.example" }, ["https://public.example"]],
  [
    "the configured origin, and its loopback name for the machine itself",
    { publicUrl: "https://public.example", peer: "::1", headers: { host: "localhost:8080" } },
    ["https://public.example", "http://localhost:8080"],
  ],
  [
    "only the configured origin for what a proxy on this machine forwards",
    {
      publicUrl: "https://public.example",
      peer: "127.0.0.1",
      headers: { host: "localhost:8080", "x-forwarded-for": "198.51.100.1" },
    },
    ["https://public.example"],
  ],
  [
    "only the configured origin for a neighbour that says localhost",
    { publicUrl: "https://public.example", peer: "192.168.0.9", headers: { host: "localhost:8080" } },
    ["https://public.example"],
  ],
])("admit() accepts signatures over %s", (_, given, origins) => {
  expect(originsOf(given)).toEqual(origins);
});

test.each<[string, Given, number]>([
  ["another path", { path: "/agent/v1/links" }, 404],
  ["a request that is no upgrade", { headers: { upgrade: "h2c" } }, 426],
  ["a Host that is none", { headers: { host: "a b" } }, 400],
  ["an empty Host", { headers: { host: "" } }, 400],
  ["a page of another origin", { headers: { origin: "https://evil.example" } }, 403],
  ["a page without an origin of its own", { headers: { origin: "null" } }, 403],
])("admit() refuses %s", (_, given, status) => {
  expect(originsOf(given)).toBe(status);
});

test("admit() lets a page of its own origin in", () => {
  expect(knockWith({ headers: { origin: "https://mods.example" } }).ok).toBe(true);
});

test("admit() counts strangers by household and says when to come back", () => {
  const strangers = new Strangers(2);
  const from = (peer: string) => {
    const headers: Record<string, string> = { host: "mods.example", upgrade: "websocket" };
    return admit({ path: LINK_PATH, peer, header: (name) => headers[name] ?? null }, { publicUrl: null, strangers });
  };

  const first = from("2001:db8::1");
  const statuses = [first, from("2001:db8::2"), from("2001:db8::3"), from("2001:db8:0:1::1")].map(({ ok }) => ok);
  const refused = from("2001:db8::4");
  if (first.ok) first.visitor.leave();
  if (first.ok) first.visitor.leave();

  expect(statuses).toEqual([true, true, false, true]);
  expect(refused).toMatchObject({ refusal: { status: 429, headers: { "retry-after": "30" } } });
  expect([from("2001:db8::5").ok, from("2001:db8::6").ok]).toEqual([true, false]);
});
