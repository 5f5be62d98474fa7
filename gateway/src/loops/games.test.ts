import { expect, onTestFinished, test, vi } from "vitest";
import { anItem } from "../../test/items.ts";
import { jobWorld } from "../../test/job-deps.ts";
import type { AppAnswer } from "../steam/steam.ts";
import { createGameFactsStore } from "../store/game-facts.ts";
import { createGamesTurn } from "./games.ts";

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
const LATER: AppAnswer = { kind: "unavailable", retryAfterMs: 1_000 };

const found = (app: number, changes: object = {}): AppAnswer => ({
  kind: "found",
  app: {
    ...{ app, name: `Game ${app}`, kind: "game", shortDescription: "Short", description: "Long" },
    ...{ logoUrl: "https://images.example/header.jpg", genres: [{ id: 23, name: "Indie" }] },
    ...changes,
  },
});

/** A library whose Steam says what `answer` says about games, in order of `asked`. */
async function library(answer: (app: number) => AppAnswer | Promise<AppAnswer> = found) {
  const world = await jobWorld();
  onTestFinished(() => world[Symbol.asyncDispose]());
  const { deps, database } = world;
  const asked: number[] = [];
  const app = async (id: number): Promise<AppAnswer> => {
    asked.push(id);
    return answer(id);
  };
  const facts = createGameFactsStore(database);
  const turn = createGamesTurn({ facts, now: deps.now, steam: { ...deps.steam, app } });
  return {
    ...{ world, asked, facts, deps },
    turn: (signal = new AbortController().signal) => turn(signal),
    async addGame(game: number) {
      await deps.catalogue.saveItem(anItem({ id: String(game), app: game }), deps.now());
      world.tick(1);
    },
    game: (id: number) => deps.catalogue.findGame(id),
  };
}

test("gamesTurn() learns every new game, the newest first, and asks about none twice", async () => {
  const { turn, asked, addGame, game } = await library();
  for (let id = 1; id <= 12; id += 1) await addGame(id);

  await turn();
  await turn();

  expect(asked).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
  expect(await game(7)).toMatchObject({ name: "Game 7", genres: [{ id: 23, name: "Indie" }] });
});

test("gamesTurn() asks again after a day about games that the store does not know, and they hold up nobody", async () => {
  const { world, turn, asked, addGame, game } = await library((app) => (app < 100 ? { kind: "unknown" } : found(app)));
  for (let id = 1; id <= 20; id += 1) await addGame(id);
  await turn();
  await addGame(100);

  await turn();
  expect(asked).toHaveLength(21);
  expect(await game(100)).toMatchObject({ name: "Game 100" });
  expect(await game(1)).toMatchObject({ name: "App 1" });
  world.tick(DAY);
  await turn();

  expect(asked).toHaveLength(41);
});

test("gamesTurn() stops at the first sign that Steam is away, and goes on with the next turn", async () => {
  const answers = [found(3), LATER];
  const { turn, asked, addGame } = await library((app) => answers.shift() ?? found(app));
  for (let id = 1; id <= 3; id += 1) await addGame(id);

  await turn();
  expect(asked).toEqual([3, 2]);
  await turn();

  expect(asked).toEqual([3, 2, 2, 1]);
});

test("gamesTurn() asks again about what is older than thirty days, the oldest first, one in ten minutes", async () => {
  let round = 1;
  const { world, turn, asked, addGame, game } = await library((app) => found(app, { name: `Round ${round}` }));
  for (const id of [1, 2, 3]) {
    await addGame(id);
    await turn();
  }
  world.tick(29 * DAY);
  await turn();
  expect(asked).toEqual([1, 2, 3]);

  round = 2;
  world.tick(DAY);
  await turn();
  await turn();
  world.tick(10 * MINUTE);
  await turn();

  expect(asked).toEqual([1, 2, 3, 1, 2]);
  expect(await game(1)).toMatchObject({ name: "Round 2" });
  expect(await game(3)).toMatchObject({ name: "Round 1" });
});

test("gamesTurn() keeps the facts of a game that the store no longer knows, and goes on to the next", async () => {
  let isSold = true;
  const { world, turn, asked, addGame, game } = await library((app) => (isSold ? found(app) : { kind: "unknown" }));
  for (const id of [1, 2]) {
    await addGame(id);
    await turn();
  }
  isSold = false;
  world.tick(31 * DAY);

  await turn();
  world.tick(10 * MINUTE);
  await turn();

  expect(asked).toEqual([1, 2, 1, 2]);
  expect(await game(1)).toMatchObject({ name: "Game 1", logoUrl: "https://images.example/header.jpg" });
});

test("gamesTurn() leaves old facts as they are for the first ten minutes", async () => {
  const { world, turn, asked, facts, addGame } = await library();
  await addGame(1);
  await facts.saveFacts({ ...anApp(1), name: "Taken over" }, -100 * DAY);

  await turn();
  expect(asked).toEqual([]);
  world.tick(10 * MINUTE);
  await turn();

  expect(asked).toEqual([1]);
});

test("gamesTurn() ends at once when it is stopped", async () => {
  const { turn, asked, addGame, game } = await library(() => new Promise(() => {}));
  await addGame(1);
  const stopping = new AbortController();
  const stopped = turn(stopping.signal);
  await vi.waitFor(() => expect(asked).toEqual([1]));

  stopping.abort();
  await stopped;

  expect(await game(1)).toMatchObject({ name: "App 1" });
});

test("saveFacts() gives values to what PyTorrent had none for", async () => {
  const { world, facts, addGame } = await library();
  await addGame(1);
  await world.database.write({ sql: `UPDATE games SET nulls = '["logo"]'` });

  await facts.saveFacts(anApp(1), 5);

  expect(await world.database.read({ sql: "SELECT nulls, facts_at FROM games" })).toEqual([
    { nulls: null, facts_at: 5 },
  ]);
});

function anApp(app: number) {
  const answer = found(app);
  if (answer.kind !== "found") throw new Error("No app");
  return answer.app;
}
