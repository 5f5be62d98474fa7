import { expect, test } from "vitest";
import { rememberCounts } from "./shelf-totals.ts";

function aCount() {
  const asked: string[] = [];
  const world = { revision: 1, isDown: false };
  const count = async ({ sql }: { sql: string }) => {
    asked.push(sql);
    if (world.isDown) throw new Error("No answer");
    return asked.length;
  };
  return { asked, world, counted: rememberCounts(count, async () => world.revision) };
}

test("rememberCounts() counts a list once until something changes", async () => {
  const { counted, world } = aCount();

  expect(await Promise.all([counted({ sql: "a" }), counted({ sql: "a" })])).toEqual([1, 1]);
  world.revision = 2;

  expect([await counted({ sql: "a" }), await counted({ sql: "a" })]).toEqual([2, 2]);
});

test("rememberCounts() takes no list for another", async () => {
  const { counted, asked } = aCount();

  for (const id of [1, "1", 1n, null, "null"]) await counted({ sql: "a", args: { id } });

  expect(asked).toHaveLength(5);
});

test("rememberCounts() forgets a failure, and does not grow without bound", async () => {
  const { counted, asked, world } = aCount();
  world.isDown = true;
  await expect(counted({ sql: "a" })).rejects.toThrow("No answer");
  world.isDown = false;
  expect(await counted({ sql: "a" })).toBe(2);

  for (let n = 0; n < 600; n += 1) await counted({ sql: `list ${n}` });
  await counted({ sql: "a" });

  expect(asked.filter((sql) => sql === "a")).toHaveLength(3);
});
