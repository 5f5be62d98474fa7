import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { anItem, type FakeSteam, fakeSteam } from "../../test/fake-steam.ts";
import { serveProcess } from "../../test/serve-process.ts";
import { createEmbedded } from "../store/embedded.ts";

const ITEM = "9000000101";
const AT_ONCE = 8;

let steam: FakeSteam;
const folders: string[] = [];
beforeAll(async () => {
  steam = await fakeSteam();
  steam.items.set(ITEM, anItem(ITEM));
});
afterAll(async () => {
  await steam[Symbol.asyncDispose]();
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

async function dataFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "modfleet-serve-"));
  folders.push(folder);
  return folder;
}

/** Reads the rows as another process would. */
async function rowsOf(folder: string, sql: string) {
  const database = createEmbedded({ path: join(folder, "modfleet.db") });
  try {
    return await database.read({ sql });
  } finally {
    await database.close();
  }
}

async function countsIn(folder: string): Promise<Record<string, number>> {
  const rows = await rowsOf(folder, "SELECT kind, sum(count) AS n FROM counters_day GROUP BY kind");
  return Object.fromEntries(rows.map(({ kind, n }) => [String(kind), Number(n)]));
}

/** Asks again and again until nobody answers; how many were asked and how many answered. */
async function askUntilTheEnd(url: string): Promise<{ asked: number; answered: number }> {
  let asked = 0;
  let answered = 0;
  const client = async (): Promise<void> => {
    for (;;) {
      asked += 1;
      const answer = await fetch(url).catch(() => null);
      if (answer === null) return;
      await answer.arrayBuffer().catch(() => {});
      answered += 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, client));
  return { asked, answered };
}

async function ask(url: string, times: number): Promise<void> {
  const answers = await Promise.all(Array.from({ length: times }, () => fetch(url)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
}

test.concurrent("serve loses no count when it is stopped under load", async () => {
  const folder = await dataFolder();
  await using gateway = await serveProcess(folder, steam.url);
  const url = `${gateway.url}/statistics/info/type_map`;
  await ask(url, 100);
  const asking = askUntilTheEnd(url);
  await ask(url, 100);

  expect(await gateway.end("SIGTERM")).toBe(0);

  const { asked, answered } = await asking;
  const { start, "/statistics/info/type_map/": counted = 0 } = await countsIn(folder);
  expect(start).toBe(1);
  expect(counted).toBeGreaterThanOrEqual(200 + answered);
  expect(counted).toBeLessThanOrEqual(200 + asked);
});

test.concurrent("serve that is ended by kill -9 has what it counted before the last second, and everything else", async () => {
  const folder = await dataFolder();
  await using gateway = await serveProcess(folder, steam.url);
  const url = `${gateway.url}/statistics/info/type_map`;
  await ask(url, 100);
  await vi.waitFor(async () => expect(await countsIn(folder)).toMatchObject({ "/statistics/info/type_map/": 100 }), {
    timeout: 20_000,
    interval: 50,
  });
  await somebodyCouldFetch(folder);
  await ask(url, 50);
  const queued = await fetch(`${gateway.url}/download/steam/${ITEM}`);

  await gateway.end("SIGKILL");

  expect(queued.status).toBe(202);
  const { "/statistics/info/type_map/": counted } = await countsIn(folder);
  expect(counted).toBeGreaterThanOrEqual(100);
  expect(counted).toBeLessThanOrEqual(150);
  expect(await rowsOf(folder, "PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
  await using restarted = await serveProcess(folder, steam.url);
  const job = await fetch(`${restarted.url}${queued.headers.get("location")}`);
  expect(await job.json()).toMatchObject({ mod: ITEM });
  await ask(`${restarted.url}/statistics/info/type_map`, 1);
  await restarted.end("SIGTERM");
  expect(await countsIn(folder)).toMatchObject({ start: 2, "/statistics/info/type_map/": (counted ?? 0) + 1 });
});

/** An agent that was there a moment ago, so that requests are queued. */
async function somebodyCouldFetch(folder: string): Promise<void> {
  const database = createEmbedded({ path: join(folder, "modfleet.db") });
  await database.write({
    sql: `INSERT INTO agents (id, name, public_key, status, enrolled_at, last_seen_at)
          VALUES ('agt_aaaaaaaaaaaaaaaaaaaa', 'a', 'k', 'trusted', 0, :now)`,
    args: { now: Date.now() },
  });
  await database.close();
}
