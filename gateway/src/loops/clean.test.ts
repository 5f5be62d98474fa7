import { expect, test } from "vitest";
import { jobWorld } from "../../test/job-deps.ts";
import { DAY_MS, type Duration } from "../domain/statistics.ts";
import { cleanTurn } from "./clean.ts";

test("cleanTurn() forgets durations after ninety days but not the newest, and gateways that were silent for a day", async () => {
  await using world = await jobWorld({ startAt: 100 * DAY_MS });
  const { deps, database } = world;
  const durations = (count: number, kind: Duration["kind"], at: number): Duration[] =>
    Array.from({ length: count }, () => ({ kind, at, ms: 5 }));
  const batch = { batch: 1, hours: [], sent: new Map() };
  await deps.statistics.add({
    ...{ ...batch, writer: "old", at: 98 * DAY_MS },
    durations: [...durations(3_000, "steam_ok", 5 * DAY_MS), ...durations(30, "steam_error", 5 * DAY_MS)],
  });
  await deps.statistics.add({
    ...{ ...batch, writer: "new", at: 100 * DAY_MS },
    durations: durations(2_000, "steam_ok", 50 * DAY_MS),
  });

  await cleanTurn(deps);

  expect(await database.read({ sql: "SELECT kind, count(*) AS n FROM durations GROUP BY kind ORDER BY kind" })).toEqual(
    [
      { kind: "steam_error", n: 30 },
      { kind: "steam_ok", n: 2_000 },
    ],
  );
  expect(await database.read({ sql: "SELECT writer FROM counted" })).toEqual([{ writer: "new" }]);
});

test("cleanTurn() forgets what was asked for a month ago and never came", async () => {
  await using world = await jobWorld({ startAt: 100 * DAY_MS });
  const { catalogue } = world.deps;
  const ask = (n: number, day: number) =>
    catalogue.saveSource({ kind: "http", url: `https://host.example/${n}` }, day * DAY_MS);
  const [old, young] = [await ask(1, 69), await ask(2, 71)];

  await cleanTurn(world.deps);

  expect([await catalogue.findMod(old), (await catalogue.findMod(young))?.id]).toEqual([null, young]);
});
