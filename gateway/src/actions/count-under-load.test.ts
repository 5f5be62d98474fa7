import { Agent, request } from "node:http";
import { buffer } from "node:stream/consumers";
import { expect, test } from "vitest";
import { type TestGateway, testGateway } from "../../test/harness.ts";
import { jobWorld } from "../../test/job-deps.ts";
import { silentLog } from "../log.ts";
import { createCounters } from "./create-counters.ts";

const CONNECTIONS = 16;

async function get(url: string, agent: Agent): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const sent = request(url, { agent }, (answer) => {
    buffer(answer).then(() => resolve(answer.statusCode ?? 0), reject);
  });
  sent.on("error", reject).end();
  return promise;
}

async function countsOf({ deps }: Pick<TestGateway, "deps">): Promise<Record<string, number>> {
  await deps.counters.flush();
  return Object.fromEntries((await deps.statistics.days(0, 1e15)).map(({ kind, count }) => [kind, count]));
}

test("createCounters() counts exactly what thousands of requests on many connections ask for", async () => {
  await using gateway = await testGateway();
  const { version } = await gateway.addArchive();
  const served = await gateway.serve();
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const paths = [`/download/${version.mod}`, "/statistics/info/all", "/download/5", "/statistics/hour"];
  const each = 500;

  const asked = paths.flatMap((path) => Array.from({ length: each }, () => get(`${served.url}${path}`, agent)));
  const answers = await Promise.all(asked);

  agent.destroy();
  await served.close();
  expect(answers.filter((status) => status === 200)).toHaveLength(3 * each);
  expect(await countsOf(gateway)).toEqual({
    "/download/": 2 * each,
    files_sent: each,
    mod_not_found_local: each,
    "/statistics/info/all/": each,
    "/statistics/hour/": each,
  });
  expect(await gateway.deps.catalogue.findMod(version.mod)).toMatchObject({ downloads: each });
  expect(await gateway.deps.database.read({ sql: "SELECT mods_downloads AS n FROM games" })).toEqual([{ n: each }]);
  expect(await gateway.deps.database.read({ sql: "SELECT kind, count(*) AS n FROM durations GROUP BY kind" })).toEqual([
    { kind: "download_local_error", n: each },
    { kind: "download_local_ok", n: each },
  ]);
});

test("createCounters() loses nothing and counts nothing twice while the database fails before or after it stored", async () => {
  await using world = await jobWorld();
  const { statistics } = world.deps;
  let calls = 0;
  const add: typeof statistics.add = async (batch) => {
    calls += 1;
    if (calls % 3 === 1) throw new Error("Refused before it happened");
    await statistics.add(batch);
    if (calls % 3 === 2) throw new Error("The answer was lost");
  };
  const options = { statistics: { add }, now: world.deps.now, log: silentLog };
  const counters = ["one", "two"].map((writer) => createCounters({ ...options, writer }, 1));

  for (let n = 0; n < 1_000; n += 1) {
    for (const { count, took } of counters) {
      count("start");
      took("steam_ok", n);
    }
    if (n % 10 === 0) await counters[n % 20 === 0 ? 0 : 1]?.flush();
  }
  await Promise.all(counters.map((each) => each.close()));

  expect((await statistics.days(0, 0)).map(({ count }) => count)).toEqual([2_000]);
  expect(await world.database.read({ sql: "SELECT count(*) AS n FROM durations" })).toEqual([{ n: 2_000 }]);
});
