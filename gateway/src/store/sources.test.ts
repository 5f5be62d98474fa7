import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { anArchive, aPublication } from "../../test/database-facts.ts";
import { hasSqld, startSqld } from "../../test/sqld.ts";
import type { Elsewhere } from "../domain/delivered.ts";
import { createCatalogueStore } from "./catalogue.ts";
import type { Database } from "./database.ts";
import { createEmbedded } from "./embedded.ts";
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

  test("saveSource() gives ids from 10^15 upward, above whatever has one of these already", async () => {
    await database.write({
      sql: `INSERT INTO mods (id, origin, name, name_key, description, created_at, updated_at, requested_at)
            VALUES (1000000000000005, 'local', 'x', 'x', '', 1, 1, 1), (9223372036854775807, 'steam', 'y', 'y', '', 1, 1, 1)`,
    });

    expect(await catalogue.saveSource(aFile(1), 7)).toBe("1000000000000006");
    expect(await catalogue.saveSource(aFile(2), 7)).toBe("1000000000000007");
  });

  test("saveSource() makes one row and one event, however many do it at once", async () => {
    const ids = await Promise.all(Array.from({ length: 50 }, (_, n) => catalogue.saveSource(aFile(n % 2), 7)));

    expect([...new Set(ids)].toSorted()).toEqual([FIRST, "1000000000000001"]);
    expect(await catalogue.findBySource(aFile(0))).toMatchObject({ id: ids[0] });
    expect(await catalogue.findBySource(aFile(9))).toBeNull();
    const events = (await catalogue.events(0, 100)).map(({ type, mod }) => `${type} ${mod}`);
    expect(events.toSorted()).toEqual([`mod_added ${FIRST}`, "mod_added 1000000000000001"]);
  });

  test("saveSource() shows the mod with its origin, name and source, and remembers the newest trackers", async () => {
    const magnet = `magnet:?xt=urn:btih:${HASH}&dn=A+Map`;
    const id = await catalogue.saveSource({ kind: "torrent", magnet }, 7);
    const source = { kind: "torrent", magnet: `${magnet}&tr=udp%3A%2F%2Ft.example%3A1` } as const;
    expect(await catalogue.saveSource(source, 8)).toBe(id);

    expect(await catalogue.findMod(id)).toMatchObject({
      ...{ id, origin: "torrent", name: "A Map", app: null, createdAt: 7, current: null, versionKey: null },
      elsewhere: { source, seenAt: null },
    });
    expect((await catalogue.listMods({ q: "map", limit: 5, sort: "name" })).items).toHaveLength(1);
  });

  test("deliveredStatements() serves what came last, also when the source went back to an older version", async () => {
    const mod = await catalogue.saveSource(aFile(), 7);
    const deliver = (key: string, letter: string, at: number, name?: string) =>
      database.batch([
        ...catalogue.publishStatements({
          ...aPublication(mod, { key, archive: anArchive(letter), at }),
          sourceUpdatedAt: at,
        }),
        ...catalogue.deliveredStatements({ mod, key, name, archive: anArchive(letter), at }),
      ]);
    await deliver("one", "a", 100, "Real\nname.zip");
    await deliver("two", "b", 200);
    const second = await catalogue.findMod(mod);
    await deliver("one", "c", 300);
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
