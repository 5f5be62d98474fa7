import { describe, expect, test, vi } from "vitest";
import { anItem as aRawItem } from "../../test/fake-steam.ts";
import { anItem } from "../../test/items.ts";
import { aConnected, jobWorld } from "../../test/job-deps.ts";
import { addMod, changed, dueNow, refresher, waitMs } from "../../test/refresher.ts";
import { RECHECK_MAX_MS } from "../domain/recheck.ts";
import { silentLog } from "../log.ts";
import { createSteam } from "../steam/create-steam.ts";
import { createRefreshTurn } from "./refresh.ts";

const START = 1_800_000_000_000;

describe("createRefreshTurn() when things go wrong", () => {
  test("leaves Steam alone for a while once it does not answer, then asks about the same mods", async () => {
    await using world = await jobWorld({ startAt: START });
    await addMod(world, "7");
    await dueNow(world);
    world.answers.set("7", { kind: "unavailable", retryAfterMs: 5_000 });
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

  test("nobody's question to Steam waits for the refresher's answer", async () => {
    await using world = await jobWorld({ startAt: START });
    await addMod(world, "7");
    await dueNow(world);
    const slow = Promise.withResolvers<void>();
    const calls: string[] = [];
    const steam = createSteam({
      steam: { apiUrl: "http://steam", storeUrl: "http://steam", communityUrl: "http://steam", key: null },
      steamCalls: { burst: 2, everyMs: 3_600_000 },
      ...{ log: silentLog, now: world.deps.now, random: () => 0.5, coalesceMs: 0 },
      fetch: async (_url, init) => {
        calls.push(String(init?.body));
        const isRefresher = calls.length === 1;
        if (isRefresher) await slow.promise;
        return Response.json({ response: { publishedfiledetails: [aRawItem(isRefresher ? "7" : "8")] } });
      },
      sleep: () => Promise.resolve(),
    });
    const { turn } = await refresher(world, { steam });

    const turned = turn();
    await vi.waitFor(() => expect(calls).toHaveLength(1));
    expect(await steam.item("8")).toMatchObject({ kind: "found", item: { id: "8" } });

    slow.resolve();
    await turned;
    expect(calls).toHaveLength(2);
    steam.close();
  });
});
