import { expect, test } from "vitest";
import { type Behaviour, PAGES } from "../../test/fake-steam.ts";
import { clientOfFakeSteam } from "../../test/steam-client.ts";
import type { SteamOptions } from "./create-steam.ts";

async function testSteam(options: Partial<SteamOptions> = {}) {
  const world = await clientOfFakeSteam(options);
  world.remote.pages.set("42", { dependencies: ["7", "8"], screenshots: ["https://images.example/1/"] });
  return world;
}

const FOUND = { kind: "found", dependencies: ["7", "8"], screenshots: ["https://images.example/1/"] };

test("page() reads the item's page, and reads it again when asked again", async () => {
  const { remote, steam } = await testSteam();

  expect([await steam.page("42"), await steam.page("42")]).toEqual([FOUND, FOUND]);
  expect(remote.calls).toEqual(Array(2).fill({ path: PAGES, ids: ["42"] }));
});

test("page() asks once for what many want at the same time", async () => {
  const { remote, steam } = await testSteam();

  await Promise.all(Array.from({ length: 100 }, () => steam.page("42")));

  expect(remote.calls).toHaveLength(1);
});

test("page() reads three pages at once and then one every five seconds", async () => {
  const { remote, clock, steam } = await testSteam();

  for (let n = 0; n < 6; n += 1) await steam.page("42");

  expect(remote.calls).toHaveLength(6);
  expect(clock.sleeps.filter((ms) => ms > 0)).toEqual([5_000, 5_000, 5_000]);
});

test("page() turns away what would wait longer than a quarter of a minute", async () => {
  const { remote, steam } = await testSteam();

  const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => steam.page(String(n + 1))));

  expect(answers.filter(({ kind }) => kind === "unavailable")).toHaveLength(14);
  expect(remote.calls).toHaveLength(6);
});

test("page() of a removed or gated item is absent, and the next one is read at once", async () => {
  const { remote, clock, steam } = await testSteam();
  remote.pages.set("1", "removed");
  remote.pages.set("2", "agecheck");

  const kinds = [await steam.page("1"), await steam.page("2"), await steam.page("42")].map(({ kind }) => kind);

  expect(kinds).toEqual(["absent", "absent", "found"]);
  expect(clock.sleeps.filter((ms) => ms > 0)).toEqual([]);
});

const faults: Behaviour[] = [
  "down",
  "hang",
  "429",
  "500",
  "503",
  "html",
  "truncated",
  "huge",
  "junk",
  "plain_text",
  "moved",
];

test.each(faults)("page() is unavailable while the Workshop is %s, and found once it is up", async (behaviour) => {
  const { remote, clock, steam } = await testSteam({ timeoutMs: behaviour === "hang" ? 50 : 10_000 });

  remote.behave(behaviour, { only: PAGES });
  const during = [await steam.page("42"), await steam.item("42")];
  remote.behave("up");
  clock.tick(60_000);
  const after = await steam.page("42");

  expect(during).toMatchObject([
    { kind: "unavailable", retryAfterMs: expect.toSatisfy((ms) => ms >= 500) },
    { kind: "found" },
  ]);
  expect(after).toEqual(FOUND);
});

test("page() leaves the Workshop alone for as long as Retry-After says, and asks the rest of Steam", async () => {
  const { remote, clock, steam } = await testSteam();
  remote.behave("429", { times: 1, retryAfter: "120", only: PAGES });

  expect(await steam.page("42")).toEqual({ kind: "unavailable", retryAfterMs: 120_000 });
  clock.tick(119_000);
  expect((await steam.page("42")).kind).toBe("unavailable");
  expect((await steam.item("42")).kind).toBe("found");
  expect(remote.calls.filter(({ path }) => path === PAGES)).toHaveLength(1);
  clock.tick(1_000);
  expect(await steam.page("42")).toEqual(FOUND);
});

test("page() takes a page that says too many requests for one, whatever its status says", async () => {
  const { remote, steam } = await testSteam();
  remote.pages.set("42", "throttled");

  const answer = await steam.page("42");
  await steam.page("7");

  expect(answer).toEqual({ kind: "unavailable", retryAfterMs: 5_000 });
  expect(remote.calls).toHaveLength(1);
});

test("page() stops reading a page at two megabytes", async () => {
  const { remote, steam } = await testSteam();
  const page = (bytes: number) => ({ html: `<div class="workshopItemTitle">${"x".repeat(bytes)}</div>` });
  remote.pages.set("42", page(2_000_000)).set("43", page(2_200_000));

  expect((await steam.page("42")).kind).toBe("found");
  expect((await steam.page("43")).kind).toBe("unavailable");
});
