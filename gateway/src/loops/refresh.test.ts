import { describe, expect, test } from "vitest";
import { anItem as aRawItem, fakeSteam } from "../../test/fake-steam.ts";
import { anItem } from "../../test/items.ts";
import { aConnected, type JobWorld, jobWorld } from "../../test/job-deps.ts";
import { publish } from "../../test/publish.ts";
import { RECHECK_MAX_MS, RECHECK_MIN_MS } from "../domain/recheck.ts";
import { silentLog } from "../log.ts";
import { createSteam } from "../steam/create-steam.ts";
import type { ItemAnswer, Steam } from "../steam/steam.ts";
import { createRefreshTurn } from "./refresh.ts";

const START = 1_800_000_000_000;
/** Of a mod that has not changed for years, by a chance of a half. */
const FIRST_MS = RECHECK_MIN_MS / 2 + RECHECK_MAX_MS / 2;
const going = new AbortController().signal;
const UNAVAILABLE: ItemAnswer = { kind: "unavailable", retryAfterMs: 5_000 };

type Asking = { asked: string[]; steam: Steam };

/** Notes which ids were asked for afresh, the refresher's way. */
function listening(world: JobWorld): Asking {
  const asked: string[] = [];
  const { steam } = world.deps;
  const item: Steam["item"] = async (id, options) => {
    if (options?.fresh) asked.push(id);
    return steam.item(id, options);
  };
  return { asked, steam: { ...steam, item } };
}

async function refresher(world: JobWorld, changes: Partial<JobWorld["deps"]> = {}) {
  const { asked, steam } = listening(world);
  const turn = createRefreshTurn({ ...world.deps, steam, database: world.database, ...changes });
  return { asked, turn: () => turn(going) };
}

/** A mod whose archive is here and whom Steam knows as it is. */
async function addMod(world: JobWorld, id: string): Promise<void> {
  const item = anItem({ id });
  await publish(world, item);
  world.answers.set(id, { kind: "found", item });
}

async function dueNow(world: JobWorld): Promise<void> {
  await world.database.write({ sql: "UPDATE mods SET check_at = :now", args: { now: world.deps.now() } });
}

async function waitMs(world: JobWorld, id: string): Promise<number> {
  const sql = "SELECT check_at FROM mods WHERE id = CAST(:id AS INTEGER)";
  return Number((await world.database.read({ sql, args: { id } }))[0]?.["check_at"]) - world.deps.now();
}

const changed = (id: string): ItemAnswer => ({
  kind: "found",
  item: anItem({ id, versionKey: "2", updatedAt: START - 1 }),
});

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

describe("createRefreshTurn() when things go wrong", () => {
  test("leaves Steam alone for a while once it does not answer, then asks about the same mods", async () => {
    await using world = await jobWorld({ startAt: START });
    await addMod(world, "7");
    await dueNow(world);
    world.answers.set("7", UNAVAILABLE);
    const { asked, turn } = await refresher(world);

    await turn();
    await addMod(world, "8");
    await dueNow(world);
    world.tick(59_999);
    await turn();
    expect(asked).toEqual(["7"]);

    world.tick(1);
    await turn();
    expect(asked.toSorted()).toEqual(["7", "7", "8"]);
  });

  test("two gateways never ask about the same mods", async () => {
    await using world = await jobWorld({ startAt: START });
    for (let n = 1; n <= 150; n += 1) await addMod(world, String(n));
    await dueNow(world);
    const [one, two] = [await refresher(world), await refresher(world)];

    await Promise.all([one.turn(), two.turn()]);

    expect([one.asked.length, two.asked.length].toSorted()).toEqual([100, 50]);
    expect(new Set([...one.asked, ...two.asked]).size).toBe(150);
  });

  test("what a gateway that died had claimed is looked at by the next one ten minutes later", async () => {
    await using world = await jobWorld({ startAt: START });
    await addMod(world, "7");
    await dueNow(world);
    const stopped = new AbortController();
    stopped.abort();
    await createRefreshTurn({ ...world.deps, database: world.database })(stopped.signal);
    const next = await refresher(world);

    await next.turn();
    expect(next.asked).toEqual([]);

    world.tick(600_000);
    await next.turn();
    expect(next.asked).toEqual(["7"]);
  });

  test("a mod that cannot be looked at does not keep the others from it", async () => {
    await using world = await jobWorld({ startAt: START });
    for (const id of ["7", "8", "9"]) await addMod(world, id);
    await dueNow(world);
    world.connected.push(aConnected());
    for (const id of ["7", "8", "9"]) world.answers.set(id, changed(id));
    const { catalogue } = world.deps;
    const findMod: typeof catalogue.findMod = async (id) => {
      if (id === "8") throw new Error("Could not read it");
      return catalogue.findMod(id);
    };
    const { turn } = await refresher(world, { catalogue: { ...catalogue, findMod } });

    await turn();

    const jobs = await Promise.all(["7", "8", "9"].map((id) => world.deps.jobs.latestFor(id)));
    expect(jobs.map((job) => job?.state ?? null)).toEqual(["queued", null, "queued"]);
    expect(await waitMs(world, "8")).toBe(600_000);
  });

  test("never asks about what was never fetched or is of another origin", async () => {
    await using world = await jobWorld({ startAt: START });
    await world.deps.catalogue.saveItem(anItem({ id: "7" }), START);
    await addMod(world, "8");
    await world.database.write({ sql: "UPDATE mods SET origin = 'local' WHERE id = 8" });
    const { asked, turn } = await refresher(world);

    await turn();
    world.tick(2 * RECHECK_MAX_MS);
    await turn();

    expect(asked).toEqual([]);
  });
});
