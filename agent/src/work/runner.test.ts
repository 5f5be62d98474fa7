import { existsSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { fakeEngine } from "../../test/fake-engine.ts";
import { anOffer, instantPack, PACKED } from "../../test/harness.ts";
import { tempFolder } from "../../test/temp-folder.ts";
import { aHeld } from "../../test/work-bench.ts";
import type { Engine } from "../engine/engine.ts";
import type { UploadOutcome } from "../upload/upload.ts";
import type { Unreported } from "./held.ts";
import { type Running, runJob, type Tools } from "./runner.ts";
import { createScratch } from "./scratch.ts";

const UPLOAD = "upl_00000000000000000001";
const { kind: _, entries: __, ...packed } = PACKED;
const fetched = { tool: "fake 1", manifest: "42" };

async function world(given: Partial<Tools> = {}) {
  const folder = await tempFolder();
  const scratch = createScratch(folder.at("scratch"));
  const advanced: Unreported["stage"][] = [];
  const stop = new AbortController();
  let moved = 0;
  const tools: Tools = {
    engines: [fakeEngine({ waits: false })],
    pack: instantPack,
    upload: async () => ({ kind: "uploaded", upload: UPLOAD }),
    scratch,
    gateway: "http://gateway",
    ...given,
  };
  const running: Running = {
    slot: 0,
    signal: stop.signal,
    onProgress: () => {},
    onAdvanced: ({ stage }) => void advanced.push(stage),
    onMoved: (bytes) => {
      moved += bytes;
    },
  };
  const run = (held: Unreported) => runJob(held, tools, running);
  return {
    folder,
    scratch,
    stop,
    advanced,
    run,
    moved: () => moved,
    [Symbol.asyncDispose]: folder[Symbol.asyncDispose],
  };
}

/** Fresh from an offer. */
function anOrder(): Extract<Unreported, { stage: "downloading" }> {
  const held = aHeld(anOffer());
  if (held.stage !== "downloading") throw new Error("An offer begins with downloading");
  return held;
}

describe("runJob()", () => {
  test("runJob() hands on what the source is called, cut to what the wire takes", async () => {
    const named = (name: string) => ({ kind: "fetched", root: "", fetched: { ...fetched, name } }) as const;
    const engineWith = (name: string) => {
      const engine = fakeEngine({ waits: false });
      const fetch: Engine["fetch"] = async (request) => {
        const outcome = await engine.fetch(request);
        return outcome.kind === "fetched" ? { ...named(name), root: outcome.root } : outcome;
      };
      return { ...engine, fetch };
    };
    const nameAfter = async (name: string) => {
      await using given = await world({ engines: [engineWith(name)] });
      const reported = await given.run(anOrder());
      return reported?.stage === "finished" ? reported.fetched : null;
    };

    expect(await nameAfter("Pack 1.2")).toEqual({ ...fetched, name: "Pack 1.2" });
    expect(await nameAfter("")).toEqual(fetched);
    expect((await nameAfter(`${"x".repeat(254)}😀`))?.name).toBe(`${"x".repeat(254)}\ufffd`);
  });

  test("runJob() fetches, packs and uploads, and says each stage that is done", async () => {
    await using given = await world();
    const order = anOrder();

    const outcome = await given.run(order);

    expect(outcome).toEqual({ ...order, stage: "finished", fetched, packed, upload: UPLOAD });
    expect(given.advanced).toEqual(["packing", "uploading"]);
    expect(given.moved()).toBe(PACKED.bytes);
  });

  test("runJob() goes on with the upload of a whole archive and fetches nothing", async () => {
    const engine = fakeEngine({ waits: false });
    await using given = await world({ engines: [engine] });
    const order = anOrder();
    const { archive } = await given.scratch.open(order);
    writeFileSync(archive, "zip\n");

    const outcome = await given.run({ ...order, stage: "uploading", fetched, packed });

    expect(outcome).toMatchObject({ stage: "finished", upload: UPLOAD });
    expect(engine.fetched).toEqual([]);
  });

  test("runJob() begins again where what a stage had made is gone", async () => {
    await using given = await world();

    const outcome = await given.run({ ...anOrder(), stage: "uploading", fetched, packed });

    expect(outcome?.stage).toBe("finished");
    expect(given.advanced).toEqual(["downloading", "packing", "uploading"]);
  });

  test("runJob() packs again what was fetched, without fetching", async () => {
    const engine = fakeEngine({ waits: false });
    await using given = await world({ engines: [engine] });
    const order = anOrder();
    const { content } = await given.scratch.open(order);
    writeFileSync(`${content}/file`, "a");

    const outcome = await given.run({ ...order, stage: "packing", root: "", fetched });

    expect(outcome?.stage).toBe("finished");
    expect(engine.fetched).toEqual([]);
  });

  test("runJob() frees the content's space before it uploads", async () => {
    let hadContent = true;
    await using given = await world({
      upload: async ({ file }): Promise<UploadOutcome> => {
        hadContent = existsSync(file.replace("archive.zip", "content"));
        return { kind: "uploaded", upload: UPLOAD };
      },
    });

    await given.run(anOrder());

    expect(hadContent).toBe(false);
  });

  test.each([
    ["lost", { kind: "lost" } as const],
    ["cancelled", { kind: "cancelled" } as const],
  ])("runJob() has nothing to report when the upload was %s", async (_name, outcome) => {
    await using given = await world({ upload: async () => outcome });

    expect(await given.run(anOrder())).toBeNull();
  });

  test("runJob() reports what a stage could not do", async () => {
    const failure = { code: "too_large", detail: "12 GiB" } as const;
    await using given = await world({ pack: async () => ({ kind: "failed", failure }) });

    expect(await given.run(anOrder())).toMatchObject({ stage: "failed", failure });
  });

  test("runJob() turns our own bugs into a report", async () => {
    await using given = await world({ pack: () => Promise.reject(new Error("Oops")) });

    expect(await given.run(anOrder())).toMatchObject({ stage: "failed", failure: { code: "internal" } });
  });

  test("runJob() stops between two stages", async () => {
    await using given = await world();
    given.stop.abort();

    expect(await given.run(anOrder())).toBeNull();
    expect(given.advanced).toEqual([]);
  });
});
