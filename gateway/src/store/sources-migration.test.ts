import { expect, test } from "vitest";
import { AGENT_A, aNewJob } from "../../test/jobs.ts";
import { createAgentStore } from "./agents.ts";
import { createCatalogueStore } from "./catalogue.ts";
import { createEmbedded } from "./embedded.ts";
import { createJobStore } from "./jobs.ts";
import { migrate, readMigrations } from "./migrate.ts";
import { createPageStore } from "./pages.ts";

const SHA = "a".repeat(64);
const MOD = (id: number, origin: string) =>
  `INSERT INTO mods (id, origin, name, name_key, description, created_at, updated_at, requested_at)
   VALUES (${id}, '${origin}', 'Mod ${id}', 'mod ${id}', '', 1, 2, 3)`;
const PUBLISHED = (id: number) => [
  `INSERT INTO versions (mod_id, key, archive, source_updated_at, published_at, tool, fetched_at)
   VALUES (${id}, '1', '${SHA}', 1, 5, 'steamcmd', 1)`,
  `UPDATE mods SET current_key = '1', published_at = 5 WHERE id = ${id}`,
];
const JOB = `job_${"1".repeat(20)}`;

/** As the gateway before wrote it: a Workshop item, something imported from elsewhere, a job and an agent. */
const LIBRARY = [
  `INSERT INTO archives (sha256, bytes, unpacked_bytes, entries, tree) VALUES ('${SHA}', 1, 1, 1, '${SHA}')`,
  ...[MOD(1, "steam"), MOD(2, "http"), ...PUBLISHED(1), ...PUBLISHED(2)],
  `INSERT INTO jobs (id, mod_id, source, source_kind, source_key, version, state, epoch, charged, uncharged, requester, rank, requested_at, not_before)
   VALUES ('${JOB}', 1, '{"kind":"workshop","app":4000,"item":"1"}', 'workshop', 'workshop:1', '2', 'queued', 0, 0, 0, 'r', 0, 1, 1)`,
  `INSERT INTO agents (id, name, public_key, status, enrolled_at, last_seen_at) VALUES ('${AGENT_A}', 'a', 'k', 'trusted', 1, 9)`,
];

async function upgraded() {
  const migrations = await readMigrations();
  const database = createEmbedded({ path: ":memory:" });
  await migrate(
    database,
    migrations.filter(({ number }) => number < 4),
  );
  await database.batch(LIBRARY.map((sql) => ({ sql })));
  const before = await database.read({
    sql: "SELECT id, name, current_key, condition, shelf_order FROM mods ORDER BY id",
  });
  const ran = await migrate(database, migrations);
  return { database, before, ran };
}

test("a library that was there before keeps its mods, jobs and agents, and takes sources", async () => {
  const { database, before, ran } = await upgraded();
  const catalogue = createCatalogueStore(database);

  expect(ran[0]).toBe("sources");
  expect(
    await database.read({ sql: "SELECT id, name, current_key, condition, shelf_order FROM mods ORDER BY id" }),
  ).toEqual(before);
  expect(await catalogue.findMod("2")).toMatchObject({ origin: "http", elsewhere: null, current: { key: "1" } });
  expect(await createJobStore(database).latestFor("1")).toMatchObject({ id: JOB, state: "queued" });
  const agents = createAgentStore(database);
  expect([await agents.anySeenSince(9, "workshop"), await agents.anySeenSince(9, "http")]).toEqual([true, false]);
  expect(await catalogue.saveSource({ kind: "http", url: "https://host.example/a" }, 1)).toBe("1000000000000000");
});

test("only pages of Workshop items wait to be read, before and after", async () => {
  const { database } = await upgraded();
  const catalogue = createCatalogueStore(database);
  const mod = await catalogue.saveSource({ kind: "http", url: "https://host.example/a" }, 1);
  const archive = { sha256: SHA, bytes: 1, unpackedBytes: 1, entries: 1, tree: SHA };
  const provenance = { agent: null, tool: "http", manifest: null, fetchedAt: 6 };
  await database.batch(
    catalogue.publishStatements({ mod, key: "one", archive, sourceUpdatedAt: 6, at: 6, provenance }),
  );

  expect(await database.read({ sql: "SELECT id FROM mods WHERE page_at IS NOT NULL" })).toEqual([{ id: 1 }]);
  expect(await createPageStore(database).claim(100, 200)).toMatchObject({ mod: "1" });
  expect(
    await database.read({ sql: "SELECT id FROM mods WHERE shelf_order IS NOT NULL ORDER BY shelf_order" }),
  ).toEqual([{ id: 1 }, { id: 2 }, { id: Number(mod) }]);
});

test("what never came leaves the shelf of a library that was there before", async () => {
  const migrations = await readMigrations();
  const database = createEmbedded({ path: ":memory:" });
  await migrate(
    database,
    migrations.filter(({ number }) => number < 6),
  );
  const catalogue = createCatalogueStore(database);
  const source = { kind: "http", url: "https://host.example/a" } as const;
  const mod = await catalogue.saveSource(source, 1);
  await createJobStore(database).insertOrJoin(aNewJob({ mod, source }));
  const shelf = async () => (await database.read({ sql: "SELECT id FROM mods WHERE condition IS NOT NULL" })).length;
  const before = await shelf();

  await migrate(database, migrations);

  expect([before, await shelf()]).toEqual([1, 0]);
  expect((await catalogue.listMods({ sort: "name", limit: 5 })).items).toEqual([]);
  expect(await createJobStore(database).latestFor(mod)).toMatchObject({ state: "queued", source });
});
