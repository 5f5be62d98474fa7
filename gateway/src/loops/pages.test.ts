import { expect, onTestFinished, test, vi } from "vitest";
import { anItem } from "../../test/items.ts";
import { jobWorld } from "../../test/job-deps.ts";
import { publish } from "../../test/publish.ts";
import { silentLog } from "../log.ts";
import type { PageAnswer } from "../steam/steam.ts";
import { createPageStore } from "../store/pages.ts";
import { runLoop } from "./loop.ts";
import { createPagesTurn } from "./pages.ts";

const MINUTE = 60_000;
const FOUND: PageAnswer = { kind: "found", dependencies: ["9", "8"], screenshots: ["https://images.example/1/"] };
const LATER: PageAnswer = { kind: "unavailable", retryAfterMs: 5_000 };

/** `gateways` on one library; their Steam says what `answer` says, in order of `asked`. */
async function library({ gateways = 1, answer }: { gateways?: number; answer: (id: string) => Promise<PageAnswer> }) {
  const world = await jobWorld();
  onTestFinished(() => world[Symbol.asyncDispose]());
  const asked: string[] = [];
  const page = (id: string): Promise<PageAnswer> => {
    asked.push(id);
    return answer(id);
  };
  const pages = createPageStore(world.database);
  const deps = { ...world.deps, pages, steam: { ...world.deps.steam, page } };
  const turns = Array.from({ length: gateways }, () => createPagesTurn(deps));
  const { signal } = new AbortController();
  return {
    ...{ world, deps, asked },
    turn: async (times = 1) => {
      for (let n = 0; n < times; n += 1) await Promise.all(turns.map((turn) => turn(signal)));
    },
    async publish(id: string, version = "1") {
      await publish(world, anItem({ id, versionKey: version, previewUrl: `https://images.example/logo/${id}` }));
      world.tick(1);
    },
    async shown() {
      const media = await world.database.read({ sql: "SELECT mod_id, kind FROM media ORDER BY id" });
      const needed = await world.database.read({
        sql: "SELECT dependency_id AS needed FROM mod_dependencies ORDER BY id",
      });
      return {
        media: media.map(({ mod_id, kind }) => `${mod_id} ${kind}`),
        needed: needed.map((row) => Number(row["needed"])),
      };
    },
  };
}

test("pagesTurn() reads the page of a published mod once, and again after the next version", async () => {
  const { turn, asked, shown, publish } = await library({ answer: async () => FOUND });
  await publish("1");

  await turn(3);
  expect(await shown()).toEqual({ media: ["1 screenshot", "1 logo"], needed: [9, 8] });
  expect(asked).toEqual(["1"]);
  await publish("1", "2");
  await turn(2);

  expect(asked).toEqual(["1", "1"]);
  expect(await shown()).toEqual({ media: ["1 screenshot", "1 logo"], needed: [9, 8] });
});

test("pagesTurn() rings for the next page, so that all are read without the clock", async () => {
  const { deps, publish, asked } = await library({ answer: async () => FOUND });
  const stopping = new AbortController();
  const loop = { name: "pages", bell: deps.bells.pages, everyMs: 2 ** 30, log: silentLog, signal: stopping.signal };
  const running = runLoop(createPagesTurn(deps), loop);
  for (const id of ["1", "2", "3"]) await publish(id);

  deps.bells.pages.ring();

  await vi.waitFor(() => expect(asked.toSorted()).toEqual(["1", "2", "3"]));
  stopping.abort();
  await running;
});

test("pagesTurn() of several gateways reads each page once", async () => {
  const { turn, asked, shown, publish } = await library({ gateways: 4, answer: async () => FOUND });
  for (let n = 1; n <= 10; n += 1) await publish(String(n));

  await turn(4);

  expect(asked).toHaveLength(10);
  expect(new Set(asked).size).toBe(10);
  expect((await shown()).media).toHaveLength(20);
});

test("pagesTurn() gives every waiting mod its logo while Steam shows no pages, and asks no more until it may", async () => {
  const { world, turn, asked, shown, publish } = await library({ answer: async () => LATER });
  await publish("1");
  await publish("2");

  await turn(3);
  expect(asked).toEqual(["2"]);
  expect((await shown()).media.toSorted()).toEqual(["1 logo", "2 logo"]);
  await publish("3");
  await turn();
  expect((await shown()).media.toSorted()).toEqual(["1 logo", "2 logo", "3 logo"]);
  world.tick(5_000);
  await turn();

  expect(asked).toEqual(["2", "3"]);
});

test("pagesTurn() doubles its waits for a page that Steam never shows, up to six hours", async () => {
  const { world, turn, asked, publish } = await library({ answer: async () => LATER });
  await publish("1");
  const waits: number[] = [];

  for (let waited = 0; waits.length < 12; waited += 1) {
    const before = asked.length;
    await turn();
    if (asked.length > before) waits.push(waited);
    if (asked.length > before) waited = 0;
    world.tick(MINUTE);
  }

  expect(waits).toEqual([0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]);
});

test("pagesTurn() replaces the logo by the whole page once Steam shows it", async () => {
  const answers = [LATER, FOUND];
  const { world, turn, shown, publish } = await library({ answer: async () => answers.shift() ?? LATER });
  await publish("1");
  await turn();
  expect(await shown()).toEqual({ media: ["1 logo"], needed: [] });

  world.tick(MINUTE);
  await turn();

  expect(await shown()).toEqual({ media: ["1 screenshot", "1 logo"], needed: [9, 8] });
});

test("pagesTurn() keeps the logo of a mod without a page and asks only after the next version", async () => {
  const { world, turn, asked, shown, publish } = await library({ answer: async () => ({ kind: "absent" }) });
  await publish("1");

  await turn();
  world.tick(10_000 * MINUTE);
  await turn();
  expect(asked).toEqual(["1"]);
  expect(await shown()).toEqual({ media: ["1 logo"], needed: [] });
  await publish("1", "2");
  await turn();

  expect(asked).toEqual(["1", "1"]);
});

test("pagesTurn() keeps what it knows of a mod whose page is gone", async () => {
  const answers = [FOUND, { kind: "absent" } as const];
  const { turn, shown, publish } = await library({ answer: async () => answers.shift() ?? LATER });
  await publish("1");
  await turn();
  await publish("1", "2");
  await turn();

  expect(await shown()).toEqual({ media: ["1 screenshot", "1 logo"], needed: [9, 8] });
});

test("pagesTurn() drops a page that is older than a version published meanwhile, and reads the new one", async () => {
  const early = Promise.withResolvers<PageAnswer>();
  const answers = [early.promise, Promise.resolve(FOUND)];
  const { turn, asked, shown, publish } = await library({ answer: async () => answers.shift() ?? LATER });
  await publish("1");
  const first = turn();
  await vi.waitFor(() => expect(asked).toEqual(["1"]));
  await publish("1", "2");
  early.resolve({ kind: "found", dependencies: ["666"], screenshots: [] });
  await first;
  expect((await shown()).needed).toEqual([]);

  await turn();

  expect((await shown()).needed).toEqual([9, 8]);
});

test("pagesTurn() ends at once when it is stopped, and leaves the page to whoever comes next", async () => {
  const { deps, asked, turn, publish } = await library({ answer: () => new Promise(() => {}) });
  await publish("1");
  const stopping = new AbortController();
  const stopped = createPagesTurn(deps)(stopping.signal);
  await vi.waitFor(() => expect(asked).toEqual(["1"]));

  stopping.abort();
  await stopped;

  void turn();
  await vi.waitFor(() => expect(asked).toEqual(["1", "1"]));
});

test("pagesTurn() that breaks leaves its page to be read a minute later", async () => {
  const answers = [async () => Promise.reject(new Error("no disk")), async () => FOUND];
  const answer = async () => (await answers.shift()?.()) ?? LATER;
  const { world, turn, asked, shown, publish } = await library({ answer });
  await publish("1");

  await expect(turn()).rejects.toThrow("no disk");
  await turn();
  expect(asked).toHaveLength(1);
  world.tick(MINUTE);
  await turn();

  expect((await shown()).needed).toEqual([9, 8]);
});
