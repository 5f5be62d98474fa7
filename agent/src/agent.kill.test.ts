import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test, vi } from "vitest";
import { type FakeGateway, fakeGateway } from "../test/fake-gateway.ts";
import { anOffer } from "../test/harness.ts";
import { type TempFolder, tempFolder } from "../test/temp-folder.ts";
import { refOf } from "../test/work-bench.ts";

const PROGRAM = fileURLToPath(new URL("../test/gated-agent.ts", import.meta.url));
const PATIENCE = { timeout: 20_000, interval: 5 };

type World = AsyncDisposable & {
  gateway: FakeGateway;
  start(): void;
  kill(): Promise<void>;
  open(...stages: string[]): void;
  /** The stages that began, in order, over all lives. */
  trace(): string[];
};

async function world(): Promise<World> {
  const folder: TempFolder = await tempFolder();
  const gateway = await fakeGateway({ partBytes: 32 * 1024 });
  mkdirSync(folder.at("gates"));
  writeFileSync(folder.at("trace"), "");
  let child: ChildProcess | null = null;
  const kill = async (): Promise<void> => {
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  return {
    gateway,
    start: () => {
      child = spawn(process.execPath, [PROGRAM, gateway.url, folder.path], { stdio: ["ignore", "ignore", "inherit"] });
    },
    kill,
    open: (...stages) => {
      for (const stage of stages) writeFileSync(folder.at("gates", stage), "");
    },
    trace: () => readFileSync(folder.at("trace"), "utf8").trim().split("\n"),
    [Symbol.asyncDispose]: async () => {
      await kill();
      await gateway[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

const offer = anOffer({ uploadToken: "the offer's token" });
const ref = refOf(offer);

async function takeOffer({ gateway, start }: World): Promise<void> {
  start();
  await vi.waitFor(() => expect(gateway.heardOf("ready")).toHaveLength(1), PATIENCE);
  gateway.say(offer);
}

async function deliveredOnce({ gateway }: World): Promise<void> {
  await vi.waitFor(() => expect(gateway.heardOf("finished").length).toBeGreaterThan(0), PATIENCE);
  const { upload, sha256 } = gateway.heardOf("finished")[0] ?? {};
  expect(gateway.heardOf("finished")[0]).toMatchObject(ref);
  expect(gateway.uploads.stored.get(upload ?? "")).toMatchObject({ complete: true, sha256 });
  expect(gateway.heardOf("accept")).toEqual([{ type: "accept", ...ref }]);
  gateway.say({ type: "settled", ...ref });
  await vi.waitFor(() => expect(gateway.heardOf("ready").at(-1)).toMatchObject({ slots: 1 }), PATIENCE);
  gateway.say(offer);
  await vi.waitFor(() => expect(gateway.heard.slice(-2).map(({ type }) => type)).toEqual(["beat", "beat"]), PATIENCE);
  expect(gateway.heardOf("accept")).toHaveLength(1);
}

describe("startAgent(), killed with kill -9", () => {
  test("startAgent() goes on with a download", async () => {
    await using given = await world();
    await takeOffer(given);
    await vi.waitFor(() => expect(given.trace()).toEqual(["fetch"]), PATIENCE);

    await given.kill();
    given.open("fetch", "pack", "upload");
    given.start();

    await deliveredOnce(given);
    expect(given.gateway.heardOf("hello")[1]?.held).toMatchObject([{ ...ref, stage: "downloading" }]);
    expect(given.trace()).toEqual(["fetch", "fetch", "pack", "upload"]);
  });

  test("startAgent() packs again what was fetched, and fetches nothing twice", async () => {
    await using given = await world();
    given.open("fetch");
    await takeOffer(given);
    await vi.waitFor(() => expect(given.trace()).toEqual(["fetch", "pack"]), PATIENCE);

    await given.kill();
    given.open("pack", "upload");
    given.start();

    await deliveredOnce(given);
    expect(given.gateway.heardOf("hello")[1]?.held).toMatchObject([{ ...ref, stage: "packing" }]);
    expect(given.trace()).toEqual(["fetch", "pack", "pack", "upload"]);
  });

  test("startAgent() goes on with an upload and sends only what is missing", async () => {
    await using given = await world();
    given.gateway.uploads.partsMax = 1;
    given.open("fetch", "pack", "upload");
    await takeOffer(given);
    await vi.waitFor(() => expect(given.gateway.uploads.arrivals.length).toBeGreaterThan(1), PATIENCE);

    await given.kill();
    const [first = ""] = given.gateway.uploads.arrivals;
    given.gateway.uploads.partsMax = Infinity;
    given.start();

    await deliveredOnce(given);
    expect(given.trace()).toEqual(["fetch", "pack", "upload", "upload"]);
    expect(given.gateway.uploads.arrivals.filter((arrival) => arrival === first)).toHaveLength(1);
    expect(new Set(given.gateway.uploads.tokens)).toEqual(new Set(["the offer's token"]));
  });

  test("startAgent() says finished again when it was killed before the answer", async () => {
    await using given = await world();
    given.open("fetch", "pack", "upload");
    await takeOffer(given);
    await vi.waitFor(() => expect(given.gateway.heardOf("finished")).toHaveLength(1), PATIENCE);

    await given.kill();
    given.start();

    await vi.waitFor(() => expect(given.gateway.heardOf("finished")).toHaveLength(2), PATIENCE);
    expect(given.gateway.heardOf("finished")[1]).toEqual(given.gateway.heardOf("finished")[0]);
    await deliveredOnce(given);
    expect(given.trace()).toEqual(["fetch", "pack", "upload"]);
  });

  test("startAgent() drops what the gateway calls lost, and starts none of it", async () => {
    await using given = await world();
    await takeOffer(given);
    await vi.waitFor(() => expect(given.trace()).toEqual(["fetch"]), PATIENCE);

    await given.kill();
    given.gateway.rules.welcome = ({ held }) => ({ keep: [], lost: held.map(refOf) });
    given.open("fetch", "pack", "upload");
    given.start();

    await vi.waitFor(() => expect(given.gateway.heardOf("ready")).toHaveLength(2), PATIENCE);
    expect(given.gateway.heardOf("ready")[1]).toMatchObject({ slots: 1 });
    expect(given.trace()).toEqual(["fetch"]);
  });
});
