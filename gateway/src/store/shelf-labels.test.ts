import { expect, test } from "vitest";
import { testDatabase } from "../../test/database.ts";
import { aGameRow, aGenreRow, aShelfRow, aTagRow, putOnShelf } from "../../test/shelf-facts.ts";
import { createShelfLabels } from "./shelf-labels.ts";

const PAGE = { limit: 50, offset: 0 };
const HUGE = 2n ** 63n;

async function labels() {
  const database = await testDatabase();
  await putOnShelf(database, [
    [5, 3, 4].map((id) => aTagRow(id)),
    aTagRow(6, "Unseen", false),
    aGameRow({ id: 10 }),
    aGameRow({ id: 20, listed: false }),
    aShelfRow({ id: 1n, games: [10, 20], tags: [3, 4, 5, 6] }),
    { sql: "UPDATE game_tags SET listed = 1 WHERE tag_id <> 4" },
  ]);
  return { database, shelf: createShelfLabels(database) };
}

const picture = (id: number, kind: string, mod = 1) => ({
  sql: "INSERT INTO media (id, mod_id, kind, url, at, at_micros) VALUES (:id, :mod, :kind, 'https://x', 1700000000000, 7)",
  args: { id, mod, kind },
});

test("tagsOfGame() gives the tags that are on the shelf and seen at the game, by id", async () => {
  const { shelf } = await labels();

  expect(await shelf.tagsOfGame(10, PAGE)).toEqual({
    total: 2,
    items: [
      { id: 3, name: "Tag 3" },
      { id: 5, name: "Tag 5" },
    ],
  });
  expect((await shelf.tagsOfGame(10, { limit: 1, offset: 1 })).items).toEqual([{ id: 5, name: "Tag 5" }]);
});

test("tagsOfGame() gives nothing for a game that is not on the shelf", async () => {
  const { shelf } = await labels();

  for (const game of [20, 30, -1, HUGE]) expect(await shelf.tagsOfGame(game, PAGE)).toEqual({ total: 0, items: [] });
});

test("genres() gives all genres by id, a page from anywhere", async () => {
  const { database, shelf } = await labels();
  await putOnShelf(
    database,
    [28, 1, 23].map((id) => aGenreRow(id)),
  );

  expect((await shelf.genres({ limit: 2, offset: -5 })).items.map(({ id }) => id)).toEqual([1, 23]);
  expect(await shelf.genres({ limit: 2, offset: 2n })).toEqual({ total: 3, items: [{ id: 28, name: "Genre 28" }] });
  expect(await shelf.genres({ limit: 2, offset: HUGE })).toEqual({ total: 3, items: [] });
});

test("resources() gives a mod's pictures by id, of any of the asked kinds", async () => {
  const { database, shelf } = await labels();
  const pictures = [picture(9, "screenshot"), picture(2, "logo"), picture(5, "34"), picture(6, "logo", 7)];
  await putOnShelf(database, pictures);
  const idsOf = async (...kinds: (string | number | bigint | null)[]) =>
    (await shelf.resources("1", { ...PAGE, kinds })).items.map(({ id }) => id);

  expect(await idsOf()).toEqual([2, 5, 9]);
  expect(await idsOf("logo", "screenshot", "logo")).toEqual([2, 9]);
  expect(await idsOf(34)).toEqual([5]);
  expect(await idsOf(null, HUGE)).toEqual([]);
  expect(await idsOf(HUGE)).toEqual([]);
  expect(await shelf.resources("7", { ...PAGE, kinds: [] })).toEqual({
    total: 1,
    items: [{ id: 6, kind: "logo", url: "https://x", at: 1_700_000_000_000_007, mod: "7" }],
  });
});
