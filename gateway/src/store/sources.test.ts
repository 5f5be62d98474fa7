import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { anArchive, aPublication } from "../../test/database-facts.ts";
import { aNewJob } from "../../test/jobs.ts";
import { hasSqld, startSqld } from "../../test/sqld.ts";
import type { Elsewhere } from "../domain/delivered.ts";
import { createCatalogueStore } from "./catalogue.ts";
import { createShelfStore } from "./create-shelf.ts";
import type { Database } from "./database.ts";
import { createEmbedded } from "./embedded.ts";
import { createJobStore } from "./jobs.ts";
import { migrate, readMigrations } from "./migrate.ts";
import { createRemote } from "./remote.ts";

const FIRST = "1000000000000000";
const HASH = "0123456789abcdef0123456789abcdef01234567";
const aFile = (n = 1): Elsewhere => ({ kind: "http", url: `https://host.example/File-${n}.zip` });

const withSqld = await hasSqld();
const servers: Awaited<ReturnType<typeof startSqld>>[] = [];
afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
});

const opened: Record<string, () => Promise<Database>> = {
  embedded: async () => createEmbedded({ path: ":memory:" }),
  ...(withSqld
    ? {
        sqld: async () => {
          const server = await startSqld();
          servers.push(server);
          return createRemote({ url: server.http });
        },
      }
    : {}),
};

describe.each(Object.entries(opened))("createSourceStore() on %s", (_, open) => {
  let database: Database;
  let catalogue: ReturnType<typeof createCatalogueStore>;
  beforeEach(async () => {
    database = await open();
    await migrate(database, await readMigrations());
    catalogue = createCatalogueStore(database);
    return () => database.close();
  });

  /** What a verified delivery writes. */
  function deliver(
    mod: string,
    key: string,
    { letter = "a", at, name }: { letter?: string; at: number; name?: string },
  ) {
    const archive = anArchive(letter);
    return database.batch([
      ...catalogue.arrivalStatements(mod, at),
      ...catalogue.publishStatements({ ...aPublication(mod, { key, archive, at }), sourceUpdatedAt: at }),
      ...catalogue.deliveredStatements({ mod, key, name, archive, at }),
    ]);
  }
  const said = async () => (await catalogue.events(0, 100)).map(({ type }) => type);

  test("saveSource() gives ids from 10^15 upward, above whatever has one of these already", async () => {
    await database.write({
      sql: `INSERT INTO mods (id, origin, name, name_key, description, created_at, updated_at, requested_at)
            VALUES (1000000000000005, 'local', 'x', 'x', '', 1, 1, 1), (9223372036854775807, 'steam', 'y', 'y', '', 1, 1, 1)`,
    });

    expect(await catalogue.saveSource(aFile(1), 7)).toBe("1000000000000006");
    expect(await catalogue.saveSource(aFile(2), 7)).toBe("1000000000000007");
  });

  test("saveSource() makes one row, however many do it at once", async () => {
    const ids = await Promise.all(Array.from({ length: 50 }, (_, n) => catalogue.saveSource(aFile(n % 2), 7)));

    expect([...new Set(ids)].toSorted()).toEqual([FIRST, "1000000000000001"]);
    expect(await catalogue.findBySource(aFile(0))).toMatchObject({ id: ids[0] });
    expect(await catalogue.findBySource(aFile(9))).toBeNull();
  });

  test("saveSource() keeps the mod with its origin, name and source, and remembers the newest trackers", async () => {
    const magnet = `magnet:?xt=urn:btih:${HASH}&dn=A+Map`;
    const id = await catalogue.saveSource({ kind: "torrent", magnet }, 7);
    const source = { kind: "torrent", magnet: `${magnet}&tr=udp%3A%2F%2Ft.example%3A1` } as const;
    expect(await catalogue.saveSource(source, 8)).toBe(id);

    expect(await catalogue.findMod(id)).toMatchObject({
      ...{ id, origin: "torrent", name: "A Map", app: null, createdAt: 7, current: null, versionKey: null },
      elsewhere: { source, seenAt: null },
    });
  });

  test("saveSource() adds nothing to the library before the first version: no list, facet, event or revision", async () => {
    const shelf = createShelfStore(database);
    const revision = await shelf.revision();
    const mod = await catalogue.saveSource(aFile(), 7);
    const lists = async () => [
      (await catalogue.listMods({ sort: "-created", limit: 5 })).items.length,
      (await catalogue.listMods({ sort: "name", q: "file-1", limit: 5 })).items.length,
      (await catalogue.listMods({ sort: "name", source: "http", updatedSince: 1, limit: 5 })).items.length,
      (await shelf.summary()).mods,
    ];
    const job = aNewJob({ mod, source: aFile(), version: "latest", requestedAt: 7 });
    await createJobStore(database).insertOrJoin(job);

    expect(await lists()).toEqual([0, 0, 0, 0]);
    expect([await catalogue.events(0, 9), await shelf.revision()]).toEqual([[], revision]);
    expect(await catalogue.findMod(mod)).toMatchObject({ id: mod, current: null });

    await deliver(mod, "one", { at: 100 });

    expect(await lists()).toEqual([1, 1, 1, 1]);
    expect(await shelf.revision()).not.toBe(revision);
    expect(await said()).toEqual(["mod_added", "version_published"]);
  });

  test("arrivalStatements() says once that a mod is new, and that it is back after it was gone", async () => {
    const mod = await catalogue.saveSource(aFile(), 7);
    await catalogue.markRemoved(mod, 50);
    await deliver(mod, "one", { at: 100 });
    await catalogue.markRemoved(mod, 150);
    await deliver(mod, "one", { at: 200 });
    await deliver(mod, "two", { at: 300, letter: "b" });

    const once = ["mod_added", "version_published"];
    expect(await said()).toEqual([...once, "mod_removed", "mod_restored", "version_published"]);
    expect(await catalogue.findMod(mod)).toMatchObject({ removedAt: null });
  });

  test("forgetSources() removes what never came and nobody asks for, and gives no id out twice", async () => {
    const [here, asked, waiting, old] = await Promise.all([1, 2, 3, 4].map((n) => catalogue.saveSource(aFile(n), 7)));
    if (!here || !asked || !waiting || !old) throw new Error("No ids");
    const newest = await catalogue.saveSource(aFile(5), 7);
    await deliver(here, "one", { at: 8 });
    await catalogue.saveSource(aFile(2), 100);
    await createJobStore(database).insertOrJoin(aNewJob({ mod: waiting, source: aFile(3), requestedAt: 7 }));

    expect([await catalogue.forgetSources(100, 10), await catalogue.forgetSources(100, 10)]).toEqual([1, 0]);

    expect(await catalogue.findMod(old)).toBeNull();
    expect((await catalogue.findMods([here, asked, waiting, newest])).length).toBe(4);
    expect(Number(await catalogue.saveSource(aFile(6), 101))).toBe(Number(newest) + 1);
  });

  test("deliveredStatements() serves what came last, also when the source went back to an older version", async () => {
    const mod = await catalogue.saveSource(aFile(), 7);
    await deliver(mod, "one", { letter: "a", at: 100, name: "Real\nname.zip" });
    await deliver(mod, "two", { letter: "b", at: 200 });
    const second = await catalogue.findMod(mod);
    await deliver(mod, "one", { letter: "c", at: 300 });
    const third = await catalogue.findMod(mod);

    expect(second).toMatchObject({ name: "Real name.zip", versionKey: "two", current: { key: "two" } });
    expect(third).toMatchObject({ current: { key: "one", archive: anArchive("a") }, elsewhere: { seenAt: 300 } });
    expect((await catalogue.versions(mod, { limit: 5 })).items).toHaveLength(2);
    const published = (await catalogue.events(0, 100)).filter(({ type }) => type === "version_published");
    expect(published.map(({ version }) => version)).toEqual(["one", "two"]);
  });

  test("deliveredStatements() leaves Workshop items alone", async () => {
    await database.write({
      sql: `INSERT INTO mods (id, origin, name, name_key, description, created_at, updated_at, requested_at)
            VALUES (5, 'steam', 'Steam', 'steam', '', 1, 1, 1)`,
    });
    const before = await catalogue.findMod("5");

    await database.batch(
      catalogue.deliveredStatements({ mod: "5", key: "1", name: "other", archive: anArchive("a"), at: 9 }),
    );

    expect(await catalogue.findMod("5")).toEqual(before);
  });
});
