import { Secret } from "@modfleet/protocol";
import { expect, test } from "vitest";
import { anApp, anItem, type Behaviour } from "../../test/fake-steam.ts";
import { clientOfFakeSteam } from "../../test/steam-client.ts";
import { silentLog } from "../log.ts";
import type { SteamOptions } from "./create-steam.ts";

async function testSteam(options: Partial<SteamOptions> = {}) {
  const world = await clientOfFakeSteam(options);
  world.remote.apps.set(5, anApp(5));
  return world;
}

const idsFrom = (first: number, count: number) => Array.from({ length: count }, (_, n) => String(first + n));

test("item() answers ten thousand identical requests with one call", async () => {
  const { remote, steam } = await testSteam();

  const answers = await Promise.all(Array.from({ length: 10_000 }, () => steam.item("42")));

  expect(new Set(answers.map((answer) => answer.kind))).toEqual(new Set(["found"]));
  expect(remote.calls).toEqual([{ path: expect.stringContaining("GetPublishedFileDetails"), ids: ["42"] }]);
});

test("item() asks for 250 ids with three calls and gives each its own answer", async () => {
  const { remote, steam } = await testSteam();
  const ids = idsFrom(1_000, 250);
  for (const id of ids) remote.items.set(id, anItem(id));

  const answers = await Promise.all(ids.map((id) => steam.item(id)));

  expect(remote.calls.map((call) => call.ids.length)).toEqual([100, 100, 50]);
  expect(answers.map((answer) => answer.kind === "found" && answer.item.id)).toEqual(ids);
});

test("item() spends one token a call and waits for more", async () => {
  const { remote, clock, steam } = await testSteam();
  const ids = idsFrom(1_000, 1_200);

  await Promise.all(ids.map((id) => steam.item(id)));

  expect(remote.calls).toHaveLength(12);
  expect(clock.sleeps).toEqual([50, 1_000, 1_000]);
});

test("item() turns requests away that would wait too long, with the time they would", async () => {
  const { remote, steam } = await testSteam({ steamCalls: { burst: 1, everyMs: 10_000 } });

  const answers = await Promise.all(idsFrom(1, 400).map((id) => steam.item(id)));

  expect(remote.calls).toHaveLength(2);
  expect(answers.filter((answer) => answer.kind === "unavailable")).toHaveLength(200);
  expect(answers.at(-1)).toEqual({ kind: "unavailable", retryAfterMs: 20_000 });
});

test("item() is cached, and fresh asks again", async () => {
  const { remote, clock, steam } = await testSteam();

  await steam.item("42");
  await steam.item("42");
  expect(remote.calls).toHaveLength(1);
  await steam.item("42", { fresh: true });
  expect(remote.calls).toHaveLength(2);
  clock.tick(5 * 60_000);
  await steam.item("42");
  expect(remote.calls).toHaveLength(3);
});

test("item() remembers for a minute that an item is removed, and then sees it again", async () => {
  const { remote, clock, steam } = await testSteam();

  expect(await steam.item("7")).toEqual({ kind: "removed" });
  remote.items.set("7", anItem("7"));
  expect(await steam.item("7")).toEqual({ kind: "removed" });
  clock.tick(60_000);
  expect((await steam.item("7")).kind).toBe("found");
});

test("item() takes an item that is left out of the answer for removed, but only briefly", async () => {
  const { remote, clock, steam } = await testSteam();
  remote.items.set("7", "absent");

  expect(await steam.item("7")).toEqual({ kind: "removed" });
  remote.items.set("7", anItem("7"));
  clock.tick(15_000);
  expect((await steam.item("7")).kind).toBe("found");
});

test("item() knows collections by their maker and those without content by asking", async () => {
  const { remote, steam } = await testSteam();
  remote.items.set("1", anItem("1", { creator_app_id: 766, hcontent_file: "0", file_size: "0" }));
  remote.items.set("2", anItem("2", { hcontent_file: "", file_size: "0" }));
  remote.items.set("3", anItem("3", { hcontent_file: "", file_size: "0" }));
  remote.collections.set("2", { items: ["42"] });

  const kinds = await Promise.all(["1", "2", "3"].map(async (id) => (await steam.item(id)).kind));

  expect(kinds).toEqual(["collection", "collection", "found"]);
});

const faults: Behaviour[] = [
  "down",
  "hang",
  "429",
  "500",
  "html",
  "truncated",
  "huge",
  "junk",
  "null",
  "plain_text",
  "moved",
];

test.each(faults)("item() and app() are unavailable while Steam is %s, and found once it is up", async (behaviour) => {
  const { remote, clock, steam } = await testSteam({ timeoutMs: behaviour === "hang" ? 50 : 10_000 });

  remote.behave(behaviour);
  const during = [await steam.item("42"), await steam.app(5)];
  remote.behave("up");
  clock.tick(60_000);
  const after = [await steam.item("42"), await steam.app(5)];

  expect(during.map((answer) => answer.kind)).toEqual(["unavailable", "unavailable"]);
  expect(during).toEqual(Array(2).fill({ kind: "unavailable", retryAfterMs: expect.toSatisfy((ms) => ms >= 500) }));
  expect(after.map((answer) => answer.kind)).toEqual(["found", "found"]);
});

test("item() leaves Steam alone for as long as Retry-After says", async () => {
  const { remote, clock, steam } = await testSteam();
  remote.behave("429", { times: 1, retryAfter: "120" });

  expect(await steam.item("42")).toEqual({ kind: "unavailable", retryAfterMs: 120_000 });
  clock.tick(119_000);
  expect((await steam.item("42")).kind).toBe("unavailable");
  expect(remote.calls).toHaveLength(1);
  clock.tick(1_000);
  expect((await steam.item("42")).kind).toBe("found");
});

test("app() asks once for what many want, reads it, and remembers both yes and no", async () => {
  const { remote, steam } = await testSteam();

  const [found, unknown] = [await Promise.all(Array.from({ length: 100 }, () => steam.app(5))), await steam.app(6)];
  await steam.app(6);

  expect(found[99]).toMatchObject({ kind: "found", app: { app: 5, name: "Game 5" } });
  expect(unknown).toEqual({ kind: "unknown" });
  expect(remote.calls.map((call) => call.ids)).toEqual([["5"], ["6"]]);
});

test("collection() lists items and nested collections", async () => {
  const { remote, steam } = await testSteam();
  remote.collections.set("9", { items: ["1", "2"], nested: ["10"] });

  expect(await steam.collection("9")).toEqual({ kind: "found", items: ["1", "2"], nested: ["10"] });
  expect(await steam.collection("42")).toEqual({ kind: "not_a_collection" });
});

test("close() answers whoever still waits and every later request", async () => {
  const { remote, steam } = await testSteam();
  remote.behave("hang");
  const waiting = steam.item("42");
  await expect.poll(() => remote.calls.length).toBe(1);

  steam.close();

  expect((await waiting).kind).toBe("unavailable");
  expect((await steam.item("43")).kind).toBe("unavailable");
});

test("createSteam() hands the key to Steam and keeps it out of the log", async () => {
  const forms: unknown[] = [];
  const lines: unknown[] = [];
  const say = (message: string, fields?: unknown) => lines.push(message, fields);
  const { steam } = await testSteam({
    steam: {
      apiUrl: "http://127.0.0.1:1",
      storeUrl: "http://127.0.0.1:1",
      communityUrl: "http://127.0.0.1:1",
      key: new Secret("k&y"),
    },
    fetch: async (_url, init) => {
      forms.push(init?.body);
      throw new TypeError("fetch failed");
    },
    log: { ...silentLog, warn: say },
  });

  await steam.item("42");

  expect(forms).toEqual(["itemcount=1&publishedfileids[0]=42&key=k%26y"]);
  expect(lines).toHaveLength(2);
  expect(JSON.stringify(lines)).not.toContain("k&y");
});
