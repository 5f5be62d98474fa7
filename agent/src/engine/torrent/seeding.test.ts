import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { aTorrent } from "../../../test/a-torrent.ts";
import { eventually } from "../../../test/eventually.ts";
import { codeOf } from "../../../test/fake-steamcmd-engine.ts";
import { dataOf, hashOf, magnetOf, type TorrentStage, torrentStage } from "../../../test/torrent-stage.ts";
import type { TorrentOptions } from "./options.ts";

const ONE = aTorrent("one.bin", 40_000);
const TWO = aTorrent("two.bin", 40_000);
const MINUTE = 60_000;

/** An agent that has finished a torrent's job, whose folder is gone. */
async function seeding(given: Partial<TorrentOptions> = {}, torrents = [ONE]): Promise<TorrentStage> {
  const stage = await torrentStage(torrents, given);
  for (const torrent of torrents) {
    expect(codeOf(await stage.fetch({ source: magnetOf(torrent), job: hashOf(torrent) }))).toBe("fetched");
    stage.clock.now += 1;
  }
  return stage;
}

function upload(stage: TorrentStage, bytes: number): void {
  const held = stage.world.held.get(hashOf(ONE));
  if (held !== undefined) held.uploaded = bytes;
}

const gone = (stage: TorrentStage, torrent = ONE): Promise<void> =>
  eventually(() => {
    expect(stage.world.held.has(hashOf(torrent))).toBe(false);
    expect(existsSync(dataOf(stage, torrent))).toBe(false);
  });

/** Lets the engine look at everything at least once more. */
async function looked(stage: TorrentStage): Promise<void> {
  const turn = stage.looks() + 2;
  await eventually(() => expect(stage.looks()).toBeGreaterThanOrEqual(turn));
}

describe("createSeeding()", () => {
  test("createSeeding() gives a torrent away until its time is over, and then its data goes", async () => {
    const stage = await seeding({ seeding: { ratio: 1, ms: 5 * MINUTE } });

    stage.clock.now += 5 * MINUTE - 2;
    await looked(stage);
    expect(existsSync(dataOf(stage, ONE))).toBe(true);
    stage.clock.now += 2;

    await gone(stage);
  });

  test("createSeeding() gives a torrent away until its ratio is reached", async () => {
    const stage = await seeding({ seeding: { ratio: 1.5, ms: 5 * MINUTE } });

    upload(stage, 59_999);
    await eventually(() => expect(stage.beside.moved).toBe(59_999));
    expect(existsSync(dataOf(stage, ONE))).toBe(true);
    upload(stage, 60_000);

    await gone(stage);
    expect(stage.beside.moved).toBe(60_000);
  });

  test.each([
    { ratio: 0, ms: MINUTE },
    { ratio: 1, ms: 0 },
  ])("createSeeding() keeps nothing for others with $ratio and $ms ms", async (how) => {
    const stage = await seeding({ seeding: how });

    expect(stage.world.held.size).toBe(0);
    expect(existsSync(dataOf(stage, ONE))).toBe(false);
    expect(existsSync(stage.folder.at(hashOf(ONE), "content/one.bin"))).toBe(true);
  });

  test("createSeeding() goes on after a restart, with the bytes of before", async () => {
    const stage = await seeding({ seeding: { ratio: 1, ms: 5 * MINUTE } });
    upload(stage, 30_000);
    await eventually(() => expect(stage.beside.moved).toBe(30_000));

    upload(stage, 0);
    await stage.again();
    upload(stage, 9_000);
    await eventually(() => expect(stage.beside.moved).toBe(39_000));
    expect(existsSync(dataOf(stage, ONE))).toBe(true);
    upload(stage, 10_000);

    await gone(stage);
  });

  test("createSeeding() opens the client at the start where a torrent still seeds, and only there", async () => {
    const [stage, idle] = [await seeding(), await torrentStage([])];

    await stage.again();
    await idle.again();

    await eventually(() => expect(stage.opened()).toBe(2));
    expect(idle.opened()).toBe(0);
  });

  test("createSeeding() ends where the time was over before the restart", async () => {
    const stage = await seeding({ seeding: { ratio: 1, ms: 5 * MINUTE } });
    await stage.engine.close?.();

    stage.clock.now += 5 * MINUTE;
    await stage.again();

    await gone(stage);
  });

  test("createSeeding() gives room while the disk is short, the oldest first", async () => {
    const stage = await seeding({}, [ONE, TWO]);
    const { isShortOfRoom } = stage.beside;
    stage.beside.isShortOfRoom = () => isShortOfRoom() || existsSync(dataOf(stage, ONE));

    await gone(stage, ONE);

    await looked(stage);
    expect(existsSync(dataOf(stage, TWO))).toBe(true);
  });

  test("createSeeding() holds a torrent while the volunteer's bytes are used up", async () => {
    const stage = await seeding();
    const isPaused = (): boolean | undefined => stage.world.held.get(hashOf(ONE))?.isPaused;

    stage.beside.isUsedUp = true;
    await eventually(() => expect(isPaused()).toBe(true));
    stage.beside.isUsedUp = false;

    await eventually(() => expect(isPaused()).toBe(false));
  });

  test("createSeeding() forgets a torrent that somebody took off their server", async () => {
    const stage = await seeding({ server: "scgi://box" });

    stage.world.held.clear();

    await gone(stage);
  });

  test("createSeeding() waits for a server that is away", async () => {
    const stage = await seeding({ server: "scgi://box", seeding: { ratio: 1, ms: MINUTE } });
    stage.world.isDown = true;
    stage.clock.now += MINUTE;
    await looked(stage);
    expect(existsSync(dataOf(stage, ONE))).toBe(true);

    stage.world.isDown = false;

    await gone(stage);
  });

  test("createSeeding() warns once that a server is away, and says when it is back", async () => {
    const said: string[] = [];
    const log = {
      info: (_: object, text: string) => void said.push(text),
      warn: (_: object, text: string) => void said.push(text),
    };
    const stage = await seeding({ server: "scgi://box", log }, [ONE, TWO]);
    stage.world.isDown = true;
    await looked(stage);
    await looked(stage);
    stage.world.isDown = false;

    await eventually(() =>
      expect(said).toEqual(["Could not look after the torrents", "The torrents are looked after again"]),
    );
  });

  test("close() holds what a server gives away, and the next start lets it go on", async () => {
    const stage = await seeding({ server: "scgi://box" });
    const isPaused = () => stage.world.held.get(hashOf(ONE))?.isPaused;

    await stage.engine.close?.();
    expect(isPaused()).toBe(true);
    await stage.again();

    await eventually(() => expect(isPaused()).toBe(false));
  });

  test("createSeeding() serves a job from what is still there", async () => {
    const stage = await seeding();
    stage.world.peers = [ONE];

    expect(codeOf(await stage.fetch({ source: magnetOf(ONE), job: "next" }))).toBe("fetched");

    expect(stage.world.said).toEqual(["add"]);
    expect(stage.world.held.size).toBe(1);
  });
});

describe("createSeeding() beside seeding", () => {
  /** A job that was aborted with some of its data on the disk. */
  async function aborted(given: Partial<TorrentOptions> = {}): Promise<TorrentStage> {
    const stage = await torrentStage([ONE], given);
    stage.world.peers = [];
    const stop = new AbortController();
    const fetching = stage.fetch({ source: magnetOf(ONE), signal: stop.signal });
    await eventually(() => expect(stage.world.held.size).toBe(1));
    stop.abort();
    await fetching;
    return stage;
  }

  test("createSeeding() keeps a job's data for its next try, and sweeps it when it is old", async () => {
    const stage = await aborted({ limits: { partialKeptMs: MINUTE } });

    stage.clock.now += MINUTE - 1;
    await looked(stage);
    expect(existsSync(dataOf(stage, ONE))).toBe(true);
    stage.clock.now += 1;

    await gone(stage);
  });

  test("createSeeding() stops what a client goes on with after a crash", async () => {
    const stage = await aborted({ server: "scgi://box" });
    const from = { kind: "metainfo", bytes: ONE.content } as const;
    const { signal } = new AbortController();
    await stage.world.client.add({ from, folder: dataOf(stage, ONE) }, signal);
    await stage.world.client.add({ from, folder: dataOf(stage, ONE) }, signal);

    await eventually(() => expect(stage.world.held.size).toBe(0));

    expect(existsSync(dataOf(stage, ONE))).toBe(true);
  });

  test("start() sweeps data that nobody knows, and leaves what is seeded", async () => {
    const stage = await seeding();
    await stage.engine.close?.();
    const left = stage.folder.at("torrents/data", "0".repeat(40));
    await mkdir(left, { recursive: true });
    await writeFile(`${left}/left.bin`, "left");

    await stage.again();

    await eventually(() => expect(existsSync(left)).toBe(false));
    expect(existsSync(dataOf(stage, ONE))).toBe(true);
  });

  test("start() with a book that cannot be read begins with an empty one", async () => {
    const stage = await seeding();
    await stage.engine.close?.();
    await writeFile(stage.folder.at("torrents/book.json"), "[{");

    await stage.again();

    await eventually(() => expect(existsSync(dataOf(stage, ONE))).toBe(false));
  });
});
