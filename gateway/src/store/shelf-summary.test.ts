import { expect, test } from "vitest";
import { testDatabase } from "../../test/database.ts";
import { aGameRow, aGenreRow, aShelfRow, aTagRow, putOnShelf } from "../../test/shelf-facts.ts";
import { createShelfSummary } from "./shelf-summary.ts";

test("summary() counts what is on the shelf", async () => {
  const database = await testDatabase();
  const shelf = createShelfSummary(database);
  expect(await shelf.summary()).toEqual({ mods: 0, games: 0, genres: 0, tags: 0, dependents: 0, downloads: 0 });

  await putOnShelf(database, [
    [aTagRow(1), aTagRow(2, "Unseen", false), aGenreRow(1), aGenreRow(2)],
    aGameRow({ id: 10, downloads: 5 }),
    aGameRow({ id: 20, downloads: 7 }),
    aGameRow({ id: 30, downloads: 100, listed: false }),
    aShelfRow({ id: 1n, needs: [2n, 3n] }),
    aShelfRow({ id: 2n, condition: 1, needs: [3n] }),
    aShelfRow({ id: 3n, condition: null }),
  ]);

  expect(await shelf.summary()).toEqual({ mods: 2, games: 2, genres: 2, tags: 1, dependents: 2, downloads: 12 });
});

test("revision() sees every write that was acknowledged before", async () => {
  const database = await testDatabase();
  const shelf = createShelfSummary(database);
  const seen = [await shelf.revision()];

  for (let id = 1; id <= 20; id += 1) {
    const earlier = [shelf.revision(), shelf.revision()];
    await putOnShelf(database, [aGenreRow(id)]);
    seen.push(await shelf.revision());
    await Promise.all(earlier);
  }

  expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
  expect(seen).toHaveLength(21);
});
