import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { anItem } from "../../test/items.ts";
import { type JobWorld, jobWorld } from "../../test/job-deps.ts";
import { publish } from "../../test/publish.ts";
import { hasSqld, type Sqld, startSqld } from "../../test/sqld.ts";
import { createCatalogueStore } from "../store/catalogue.ts";
import type { Database } from "../store/database.ts";
import { migrate, readMigrations } from "../store/migrate.ts";
import { createPageStore } from "../store/pages.ts";
import { createRemote } from "../store/remote.ts";
import { createPagesTurn } from "./pages.ts";

const MODS = 8;

describe.runIf(await hasSqld())("two gateways on one sqld", () => {
  let server: Sqld;
  let world: JobWorld;
  const databases: Database[] = [];

  function connect(): Database {
    const database = createRemote({ url: server.http });
    databases.push(database);
    return database;
  }

  beforeAll(async () => {
    server = await startSqld();
    world = await jobWorld();
    await migrate(connect(), await readMigrations());
  });
  afterAll(async () => {
    await Promise.all(databases.map((database) => database.close()));
    await world[Symbol.asyncDispose]();
    await server.stop();
  });

  test("read each Workshop page once and store it whole, in the page's order", async () => {
    const database = connect();
    const deps = { ...world.deps, catalogue: createCatalogueStore(database) };
    for (let n = 1; n <= MODS; n += 1)
      await publish({ database, deps }, anItem({ id: String(n), previewUrl: "https://l/" }));
    const asked: string[] = [];
    const page = async (id: string) => {
      asked.push(id);
      return { kind: "found", dependencies: [`${id}9`, `${id}1`], screenshots: ["https://b/", "https://a/"] } as const;
    };
    const steam = { ...world.deps.steam, page };
    const turns = [connect(), connect()].map((own) => createPagesTurn({ ...deps, steam, pages: createPageStore(own) }));
    const { signal } = new AbortController();

    await Promise.all(
      turns.map(async (turn) => {
        for (let n = 0; n < MODS; n += 1) await turn(signal);
      }),
    );

    expect(asked.toSorted()).toEqual(Array.from({ length: MODS }, (_, n) => String(n + 1)));
    expect(
      await database.read({ sql: "SELECT dependency_id FROM mod_dependencies WHERE mod_id = 3 ORDER BY id" }),
    ).toEqual([{ dependency_id: 39 }, { dependency_id: 31 }]);
    const media = await database.read({ sql: "SELECT url FROM media WHERE mod_id = 3 ORDER BY id" });
    expect(media.map(({ url }) => url)).toEqual(["https://b/", "https://a/", "https://l/"]);
  });
});
