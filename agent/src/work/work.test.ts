import { readdirSync } from "node:fs";
import type { AgentMessage } from "@modfleet/protocol";
import { describe, expect, test } from "vitest";
import { eventually } from "../../test/eventually.ts";
import { fakeEngine } from "../../test/fake-engine.ts";
import { anOffer, instantPack, NO_LIMITS } from "../../test/harness.ts";
import { tempFolder } from "../../test/temp-folder.ts";
import { aHeld, refOf, WELCOME } from "../../test/work-bench.ts";
import { type Log, silentLog } from "../log.ts";
import { type Journal, openJournal } from "./journal.ts";
import { openMonthCounter } from "./month.ts";
import { createScratch } from "./scratch.ts";
import { createWork, type WorkOptions } from "./work.ts";

const offer = anOffer();
const ref = refOf(offer);

async function working(given: Partial<WorkOptions> = {}) {
  const folder = await tempFolder();
  const { journal, remembered } = openJournal(folder.at("journal.jsonl"));
  const engine = fakeEngine();
  const work = createWork({
    slots: 2,
    limits: NO_LIMITS,
    journal,
    remembered,
    month: openMonthCounter(folder.at("month.json")),
    scratch: createScratch(folder.at("scratch")),
    engines: [engine],
    pack: instantPack,
    upload: async () => ({ kind: "uploaded", upload: "upl_00000000000000000001" }),
    gateway: "http://gateway",
    now: Date.now,
    freeBytes: () => 1e12,
    log: silentLog,
    ...given,
  });
  const said: AgentMessage[] = [];
  work.welcomed(WELCOME, (message) => void said.push(message));
  const dispose = async (): Promise<void> => {
    await work.close();
    await folder[Symbol.asyncDispose]();
  };
  return { folder, work, engine, said, [Symbol.asyncDispose]: dispose };
}

const fullDisk: Journal = {
  record: () => {
    throw new Error("ENOSPC: no space left on device");
  },
  forget: () => {},
  close: () => {},
};

describe("createWork()", () => {
  test("createWork() tells the next stage at once, and more bytes only after a while", async () => {
    let now = 1_000;
    await using world = await working({ now: () => now });
    const stages = () => world.said.flatMap((one) => (one.type === "beat" ? one.leases.map(({ stage }) => stage) : []));
    world.work.hear(offer);
    await eventually(() => expect(stages()).toEqual(["downloading"]));
    const report = world.engine.fetched[0]?.request.onProgress;

    report?.({ bytes: 7, total: 12 });
    now += 1_999;
    report?.({ bytes: 8, total: 12 });
    expect(stages()).toHaveLength(1);
    now += 1;
    report?.({ bytes: 9, total: 12 });
    expect(stages()).toHaveLength(2);

    world.engine.release();
    await eventually(() => expect(stages().slice(2)).toEqual(expect.arrayContaining(["packing", "uploading"])));
  });

  test("createWork() tells its log that it is closed, which offers it declines and why", async () => {
    const logged: unknown[] = [];
    const log: Log = { ...silentLog, info: (message, fields) => void logged.push([message, fields]) };
    await using world = await working({ log, limits: { ...NO_LIMITS, freeBytesMin: 9 }, freeBytes: () => 8 });

    world.work.hear(offer);

    expect(logged).toEqual([
      ["Takes nothing: too little free disk space (9 bytes stay free)", { reason: "disk" }],
      ["Declined an offer", { ...ref, reason: "disk" }],
    ]);
    expect(world.said.at(-1)).toMatchObject({ type: "decline", reason: "disk" });
  });

  test("createWork() starts nothing that its journal could not take, and says why", async () => {
    await using world = await working({ journal: fullDisk });

    world.work.hear(offer);

    expect(world.said.map(({ type }) => type)).toEqual(["ready", "decline", "ready"]);
    expect(world.said[1]).toEqual({ type: "decline", ...ref, reason: "disk" });
    expect(world.engine.fetched).toEqual([]);
  });

  test("createWork() goes on with a running job when the journal fails later", async () => {
    let isFull = false;
    const errors: string[] = [];
    const log: Log = { ...silentLog, error: (message) => void errors.push(message) };
    const record = (): void => {
      if (isFull) throw new Error("ENOSPC: no space left on device");
    };
    await using world = await working({ journal: { ...fullDisk, record }, log });
    world.work.hear(offer);
    await eventually(() => expect(world.engine.fetched).toHaveLength(1));

    isFull = true;
    world.engine.release();

    await eventually(() => expect(world.said.at(-1)).toMatchObject({ type: "finished", ...ref }));
    expect(new Set(errors)).toEqual(new Set(["Could not write the journal"]));
  });

  test("close() ends every runner without a word, and the journal knows where to go on", async () => {
    await using world = await working();
    world.work.hear(offer);
    await eventually(() => expect(world.engine.fetched).toHaveLength(1));
    const before = world.said.length;

    await world.work.close();

    expect(world.engine.fetched[0]?.outcome).toBe("cancelled");
    expect(world.said).toHaveLength(before);
    expect(readdirSync(world.folder.at("scratch"))).toEqual([`${ref.job}-1`]);
    expect(openJournal(world.folder.at("journal.jsonl")).remembered.held).toMatchObject([
      { ...ref, stage: "downloading" },
    ]);
  });

  test("snapshot() says which leases are still sure", async () => {
    let now = 1_000_000;
    await using world = await working({ now: () => now });
    world.work.hear(offer);
    const isSure = (): boolean[] => world.work.snapshot().jobs.map(({ leaseSure }) => leaseSure);

    now += 60_000;
    world.work.beat();
    now += 60_000;
    world.work.hear({ type: "beaten", revoked: [] });
    expect(isSure()).toEqual([true]);
    now += 30_000;
    expect(isSure()).toEqual([false]);
  });

  test("introduce() tells what is held, and nothing that is being dropped", async () => {
    const other = refOf(anOffer());
    await using world = await working({ remembered: { held: [aHeld(other)], seen: new Map() } });
    world.work.hear(offer);
    expect(world.work.introduce().held.map(refOf)).toEqual([other, ref]);

    world.work.hear({ type: "cancel", ...ref });

    expect(world.work.introduce()).toMatchObject({ slots: 2, engines: ["workshop"], held: [other] });
  });
});
