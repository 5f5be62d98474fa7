import { expect, onTestFinished, test } from "vitest";
import { anItem } from "../../test/items.ts";
import { jobWorld } from "../../test/job-deps.ts";
import { publish } from "../../test/publish.ts";
import { createPageStore, type PageClaim } from "./pages.ts";

const LOGO = "https://images.example/logo/";
const LEASE_MS = 60_000;

/** A library in which the mods `1`, `2`, … were published one after the other. */
async function library(mods: number, previewUrl: string | null = LOGO) {
  const world = await jobWorld();
  onTestFinished(() => world[Symbol.asyncDispose]());
  const { database, deps } = world;
  const pages = createPageStore(database);
  for (let n = 1; n <= mods; n += 1) {
    await publish(world, anItem({ id: String(n), versionKey: `v${n}`, previewUrl }));
    world.tick(1_000);
  }
  const claim = () => pages.claim(deps.now(), deps.now() + LEASE_MS);
  return {
    ...{ world, pages, claim, now: deps.now },
    async mustClaim(): Promise<PageClaim> {
      const claimed = await claim();
      if (claimed === null) throw new Error("No page is due");
      return claimed;
    },
    rows: (sql: string) => database.read({ sql }),
    revision: () => deps.shelf.revision(),
  };
}

const MEDIA = "SELECT mod_id, kind, url, at FROM media ORDER BY id";
const NEEDED = "SELECT mod_id, dependency_id FROM mod_dependencies ORDER BY id";

test("claim() gives each mod to one only, the last published first, and nothing when all are taken", async () => {
  const { claim, now } = await library(3);

  const claims = await Promise.all([claim(), claim(), claim(), claim()]);

  expect(claims.map((claimed) => claimed?.mod ?? null)).toEqual(["3", "2", "1", null]);
  expect(claims[0]).toEqual({ mod: "3", publishedAt: now() - 1_000, until: now() + LEASE_MS });
});

test("claim() gives a mod to somebody else once its time is up, and the first one changes nothing any more", async () => {
  const { world, pages, mustClaim, claim, rows, now } = await library(1);
  const first = await mustClaim();
  world.tick(LEASE_MS - 1);
  expect(await claim()).toBeNull();
  world.tick(1);
  const second = await mustClaim();

  const late = [
    await pages.save(first, { dependencies: ["9"], screenshots: [] }, now()),
    await pages.settle(first),
    await pages.postpone(first, now()),
  ];

  expect(late).toEqual([false, false, false]);
  expect(await rows(NEEDED)).toEqual([]);
  expect(await pages.settle(second)).toBe(true);
});

test("claim() leaves mods alone that Steam has no page of", async () => {
  const { world, claim } = await library(1);
  await world.database.write({ sql: "UPDATE mods SET origin = 'http' WHERE id = 1" });

  expect(await claim()).toBeNull();
});

test("save() replaces everything in the page's order, with the logo last", async () => {
  const { world, pages, mustClaim, rows, claim, now } = await library(1);
  await pages.save(await mustClaim(), { dependencies: ["5", "4"], screenshots: ["https://a/", "https://b/"] }, now());
  await publish(world, anItem({ id: "1", versionKey: "v2", previewUrl: "https://images.example/new/" }));

  const saved = await pages.save(
    await mustClaim(),
    { dependencies: ["9223372036854775807", "4", "7"], screenshots: ["https://c/", "https://a/"] },
    77,
  );

  expect(saved).toBe(true);
  expect(await rows(NEEDED)).toEqual([
    { mod_id: 1, dependency_id: 9223372036854775807n },
    { mod_id: 1, dependency_id: 4 },
    { mod_id: 1, dependency_id: 7 },
  ]);
  expect(await rows(MEDIA)).toEqual([
    { mod_id: 1, kind: "screenshot", url: "https://c/", at: 77 },
    { mod_id: 1, kind: "screenshot", url: "https://a/", at: 77 },
    { mod_id: 1, kind: "logo", url: "https://images.example/new/", at: 77 },
  ]);
  expect(await claim()).toBeNull();
});

test("save() shows the logo once when it is one of the screenshots, and none when there is none", async () => {
  const { pages, mustClaim, rows } = await library(1);
  await pages.save(await mustClaim(), { dependencies: [], screenshots: [LOGO] }, 5);
  const without = await library(1, null);
  await without.pages.save(await without.mustClaim(), { dependencies: [], screenshots: [] }, 5);

  expect(await rows(MEDIA)).toEqual([{ mod_id: 1, kind: "screenshot", url: LOGO, at: 5 }]);
  expect(await without.rows(MEDIA)).toEqual([]);
});

test("save() of a page that was read before a newer version came changes nothing, and the page is read again", async () => {
  const { world, pages, mustClaim, rows, now } = await library(1);
  const early = await mustClaim();
  await publish(world, anItem({ id: "1", versionKey: "v2" }));

  expect(await pages.save(early, { dependencies: ["9"], screenshots: [] }, now())).toBe(false);
  expect(await rows(NEEDED)).toEqual([]);
  expect((await mustClaim()).mod).toBe("1");
});

test("save() is seen in the shelf's revision, and looking for work is not", async () => {
  const { pages, mustClaim, revision, now } = await library(1);
  const before = await revision();
  const claim = await mustClaim();
  await pages.postpone(claim, now());
  expect(await revision()).toBe(before);

  await pages.save(await mustClaim(), { dependencies: ["9"], screenshots: [] }, now());

  expect(await revision()).toBeGreaterThan(before);
});

test("postpone() makes a page wait, and settle() forgets it without losing what is known", async () => {
  const { world, pages, mustClaim, claim, rows, now } = await library(1);
  await pages.save(await mustClaim(), { dependencies: ["9"], screenshots: ["https://a/"] }, now());
  await publish(world, anItem({ id: "1", versionKey: "v2" }));

  expect(await pages.postpone(await mustClaim(), now() + 10_000)).toBe(true);
  world.tick(9_999);
  expect(await claim()).toBeNull();
  world.tick(1);
  expect(await pages.settle(await mustClaim())).toBe(true);
  world.tick(10 * LEASE_MS);
  expect(await claim()).toBeNull();
  expect([await rows(NEEDED), await rows(MEDIA)]).toMatchObject([[{}], [{}, {}]]);
});

test("addLogos() gives one to each mod that has no picture and whose page is still to be read", async () => {
  const { pages, mustClaim, rows, now } = await library(3);
  await pages.save(await mustClaim(), { dependencies: [], screenshots: ["https://a/"] }, 1);
  const claimed = await mustClaim();
  await pages.postpone(claimed, now() + 10_000);

  await Promise.all([pages.addLogos(2), pages.addLogos(3), pages.addLogos(4)]);

  const logos = await rows("SELECT mod_id, kind, url, at FROM media WHERE mod_id <> 3 ORDER BY mod_id");
  expect(logos).toEqual([
    { mod_id: 1, kind: "logo", url: LOGO, at: 2 },
    { mod_id: 2, kind: "logo", url: LOGO, at: 2 },
  ]);
});
