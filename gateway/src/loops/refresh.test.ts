import { describe, expect, test } from "vitest";
import { anItem as aRawItem, fakeSteam } from "../../test/fake-steam.ts";
import { anItem } from "../../test/items.ts";
import { aConnected, jobWorld } from "../../test/job-deps.ts";
import { addMod, changed, dueNow, refresher, waitMs } from "../../test/refresher.ts";
import { RECHECK_MAX_MS, RECHECK_MIN_MS } from "../domain/recheck.ts";
import { silentLog } from "../log.ts";
import { createSteam } from "../steam/create-steam.ts";

const START = 1_800_000_000_000;
/** Of a mod that has not changed for years, by a chance of a half. */
const FIRST_MS = RECHECK_MIN_MS / 2 + RECHECK_MAX_MS / 2;

describe("createRefreshTurn()", () => {
  test("gives what is new a time within the rule's and asks about it when that has come", async () => {
    await using world = await jobWorld({ startAt: START });
    await addMod(world, "7");
    const { asked, turn } = await refresher(world);

    await turn();
    expect(asked).toEqual([]);
    expect(await waitMs(world, "7")).toBe(FIRST_MS);

    world.tick(FIRST_MS);
    await turn();
    expect(asked).toEqual(["7"]);
    expect(await waitMs(world, "7")).toBe(RECHECK_MAX_MS);
  });

  test("plans a large library in steps, and a gateway that starts anew keeps the plan", async () => {
    await using world = await jobWorld({ startAt: START });
    await world.database.batch([
      {
        sql: `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
              INSERT INTO mods (id, origin, name, name_key, description, created_at, updated_at, requested_at)
              SELECT i, 'steam', '', '', '', 1, 1, 1 FROM n`,
      },
      {
        sql: `INSERT INTO imported_archives (mod_id, path, bytes, modified_at, source_updated_at)
              SELECT id, '/a.zip', 1, 1, 1 FROM mods`,
      },
    ]);
    const planned = async () => {
      const [row] = await world.database.read({ sql: "SELECT count(check_at) AS n, sum(check_at) AS sum FROM mods" });
      return row;
    };
    const { turn } = await refresher(world);

    await turn();
    expect(await planned()).toMatchObject({ n: 1_000 });
    await turn();
    const plan = await planned();
    expect(plan).toMatchObject({ n: 1_200 });

    world.tick(1_000);
    const restarted = await refresher(world);
    await restarted.turn();
    expect(await planned()).toEqual(plan);
  });

  test("asks about a hundred mods a turn, each once", async () => {
    await using world = await jobWorld({ startAt: START });
    const ids = Array.from({ length: 250 }, (_, n) => String(n + 1));
    for (const id of ids) await world.deps.catalogue.saveItem(anItem({ id }), START);
    await addMod(world, "1");
    await world.database.write({
      sql: `INSERT INTO imported_archives (mod_id, path, bytes, modified_at, source_updated_at)
            SELECT id, '/a.zip', 1, 1, 1 FROM mods WHERE id > 1`,
    });
    await dueNow(world);
    const { asked, turn } = await refresher(world);

    const counts: number[] = [];
    for (let n = 0; n < 4; n += 1) {
      await turn();
      counts.push(asked.length);
    }

    expect(counts).toEqual([100, 200, 250, 250]);
    expect(new Set(asked)).toEqual(new Set(ids));
  });

  test("asks for a whole batch with one call of Steam's interface", async () => {
    await using world = await jobWorld({ startAt: START });
    await using wire = await fakeSteam();
    const steam = createSteam({
      steam: { apiUrl: wire.url, storeUrl: wire.url, communityUrl: wire.url, key: null },
      steamCalls: { burst: 10, everyMs: 1_000 },
      ...{ log: silentLog, now: world.deps.now, random: () => 0.5, fetch: globalThis.fetch, coalesceMs: 0 },
      sleep: () => Promise.resolve(),
    });
    for (let n = 1; n <= 100; n += 1) {
      await addMod(world, String(n));
      wire.items.set(String(n), aRawItem(String(n)));
    }
    await dueNow(world);
    world.connected.push(aConnected());
    const { turn } = await refresher(world, { steam });

    await turn();

    expect(wire.calls.map(({ ids }) => ids.length)).toEqual([100]);
    expect(await world.deps.jobs.claimable({ now: START, kinds: ["workshop"], limit: 200 })).toHaveLength(100);
    steam.close();
  });

  test("queues a new version for nobody in particular, and keeps what is here", async () => {
    await using world = await jobWorld({ startAt: START });
    await addMod(world, "7");
    await dueNow(world);
    world.connected.push(aConnected());
    world.answers.set("7", changed("7"));
    const before = await world.deps.catalogue.findMod("7");
    const { turn } = await refresher(world);
    world.tick(1_000);

    await turn();

    const job = await world.deps.jobs.latestFor("7");
    expect(job).toMatchObject({ state: "queued", version: "2" });
    expect(await world.deps.jobs.leave(job?.id ?? "", "refresher")).toBe(0);
    expect(await world.deps.catalogue.findMod("7")).toMatchObject({
      versionKey: "2",
      current: before?.current,
      requestedAt: before?.requestedAt,
      downloads: 0,
    });
    expect(await waitMs(world, "7")).toBe(RECHECK_MIN_MS);
  });

  test("queues nothing while nobody could fetch it, and looks again within the hour", async () => {
    await using world = await jobWorld({ startAt: START });
    await addMod(world, "7");
    await dueNow(world);
    world.answers.set("7", changed("7"));
    const { turn } = await refresher(world);

    await turn();
    expect(await world.deps.jobs.latestFor("7")).toBeNull();
    expect(await waitMs(world, "7")).toBe(RECHECK_MIN_MS);

    world.connected.push(aConnected());
    world.tick(RECHECK_MIN_MS);
    await turn();
    expect(await world.deps.jobs.latestFor("7")).toMatchObject({ state: "queued", version: "2" });
  });

  test("stores facts that changed without a new version", async () => {
    await using world = await jobWorld({ startAt: START });
    await addMod(world, "7");
    await dueNow(world);
    world.answers.set("7", { kind: "found", item: anItem({ id: "7", title: "Another name" }) });
    const { turn } = await refresher(world);

    await turn();

    expect(await world.deps.catalogue.findMod("7")).toMatchObject({ name: "Another name" });
    expect(await world.deps.jobs.latestFor("7")).toBeNull();
  });

  test("marks what Steam removed, keeps its archive, and notices when it is back", async () => {
    await using world = await jobWorld({ startAt: START });
    await addMod(world, "7");
    await dueNow(world);
    const { turn } = await refresher(world);

    world.answers.set("7", { kind: "removed" });
    await turn();
    const gone = await world.deps.catalogue.findMod("7");
    expect(gone).toMatchObject({ removedAt: START, current: { key: anItem().versionKey } });

    world.answers.set("7", { kind: "found", item: anItem({ id: "7" }) });
    world.tick(await waitMs(world, "7"));
    await turn();
    expect(await world.deps.catalogue.findMod("7")).toMatchObject({ removedAt: null });
  });
});
