import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { seeded } from "../../bench/seeded.ts";
import { testGateway } from "../harness.ts";
import { importForTest } from "./import-for-test.ts";
import { type OddInstallation, oddInstallation } from "./odd-installation.ts";
import { originalModel } from "./original-model.ts";
import { RECORDED_AT } from "./recorded.ts";

const REQUESTS = 200;

test.each([1, 2, 3])("an odd installation (seed %i) answers after its import as it did before", async (seed) => {
  await using installation = await oddInstallation(seed);
  await using library = await importedLibrary(installation);
  const model = originalModel(installation.database);

  for (const target of requests(seed, installation)) {
    const answer = await library.gateway.get(target);
    const body: unknown = await answer.json();
    const { statistics_days, ...expected } = { statistics_days: 2, ...Object(model.answer(target)) };
    const known = target === "/statistics/info/all" ? { ...expected, statistics_days } : expected;
    expect({ target, status: answer.status, body }).toEqual({ target, status: 200, body: known });
  }
  model.close();
});

async function importedLibrary(installation: OddInstallation) {
  const folder = await mkdtemp(join(tmpdir(), "modfleet-odd-library-"));
  const path = join(folder, "library.db");
  await importForTest(path, installation);
  const gateway = await testGateway({ path, startAt: RECORDED_AT });
  return {
    gateway,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const SORTS = ["NAME", "SIZE", "DATE_CREATION", "DATE_UPDATE", "DATE_REQUEST", "SOURCE", "DOWNLOADS"];
const GAME_SORTS = ["NAME", "TYPE", "CREATION_DATE", "SOURCE", "MODS_COUNT", "MODS_DOWNLOADS", "x"];
const PARTS = ["e", "B", "ё", "Ё", "%", "_", "\\", "100%", " ", "'", "🚀", "better_r", "ς", "İ", "zzz"];

type Random = ReturnType<typeof seeded>;

function requests(seed: number, { modIds, gameIds }: OddInstallation): string[] {
  const random = seeded(seed + 1_000);
  const makers = [
    () => `/list/mods/?${modQuery(random, gameIds)}`,
    () => `/list/games/?${gameQuery(random)}`,
    () => `/list/tags/${random.of([...gameIds, 7])}?${pageQuery(random)}`,
    () => `/list/genres?${pageQuery(random)}`,
    () => `/list/resources_mods/${random.of([...modIds, 9_999])}?${resourceQuery(random)}`,
    () => `/info/mod/${random.of([...modIds, 31])}?dependencies=${random.of(["true", "false"])}`,
    () => `/info/game/${random.of([...gameIds, 7])}`,
    () => `/condition/mod/${encodeURIComponent(JSON.stringify(someOf(random, [...modIds, 31], 20)))}`,
    () => "/statistics/info/all",
  ];
  return Array.from({ length: REQUESTS }, () => random.of(makers.slice(0, random.of([2, makers.length])))());
}

function someOf<Value>(random: Random, values: readonly Value[], most: number): Value[] {
  return Array.from({ length: 1 + random.below(most) }, () => random.of(values));
}

const pageQuery = (random: Random): URLSearchParams =>
  new URLSearchParams({ page_size: String(1 + random.below(12)), page: String(random.below(5)) });

function modQuery(random: Random, gameIds: readonly number[]): URLSearchParams {
  const query = pageQuery(random);
  query.set("sort", random.of(["", "i"]) + random.of(SORTS));
  if (random.below(4) === 0) query.set("tags", JSON.stringify(someOf(random, [2, 4, 6, 8, 42, "4", null], 2)));
  if (random.below(4) === 0) query.set("games", JSON.stringify(someOf(random, [...gameIds, 7, String(gameIds[0])], 2)));
  if (random.below(4) === 0)
    query.set("primary_sources", JSON.stringify(someOf(random, ["steam", "local", "moddb", "x"], 3)));
  if (random.below(4) === 0) query.set("dependencies", "true");
  if (random.below(3) === 0) query.set("name", random.of(PARTS));
  return query;
}

function gameQuery(random: Random): URLSearchParams {
  const query = pageQuery(random);
  query.set("sort", random.of(["", "i"]) + random.of(GAME_SORTS));
  if (random.below(4) === 0) query.set("genres", JSON.stringify(someOf(random, [3, 6, 9, 27, "3"], 2)));
  if (random.below(4) === 0) query.set("type_app", JSON.stringify(someOf(random, ["game", "app", "x"], 2)));
  if (random.below(4) === 0) query.set("primary_sources", JSON.stringify(someOf(random, ["steam", "local"], 2)));
  if (random.below(3) === 0) query.set("name", random.of(PARTS));
  return query;
}

function resourceQuery(random: Random): URLSearchParams {
  const query = pageQuery(random);
  if (random.below(2) === 0)
    query.set("types_resources", JSON.stringify(someOf(random, ["logo", "screenshot", "x"], 2)));
  return query;
}
