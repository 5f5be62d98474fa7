import { describe, expect, test } from "vitest";
import { anOffer } from "../../test/harness.ts";
import { aFailed, aFinished, doneIn, refOf, reporting, running, saidIn, WorkBench } from "../../test/work-bench.ts";

const offer = anOffer();
const ref = refOf(offer);

describe("step(), offers", () => {
  test("step() journals an offer before it accepts it and starts", () => {
    const bench = new WorkBench();
    bench.welcome();

    const effects = bench.hear(offer);

    expect(doneIn(effects)).toEqual(["record", "say", "start"]);
    expect(saidIn(effects)).toEqual([{ type: "accept", ...ref }]);
    expect(effects[0]).toMatchObject({ isNew: true, held: { ...ref, token: "token", deadlineAt: 1_600_000 } });
  });

  test("step() ignores a duplicate and an older offer", () => {
    const bench = new WorkBench();
    bench.welcome();
    bench.hear({ ...offer, epoch: 2 });

    expect(bench.hear({ ...offer, epoch: 2 })).toEqual([]);
    expect(bench.hear(offer)).toEqual([]);
  });

  test("step() ignores an echo of a settled job, also after a restart", () => {
    const bench = new WorkBench({ remembered: { held: [], seen: new Map([[ref.job, 1]]) } });
    bench.welcome();

    expect(bench.hear(offer)).toEqual([]);
    expect(saidIn(bench.hear({ ...offer, epoch: 2 }))).toMatchObject([{ type: "accept", epoch: 2 }]);
  });

  test("step() stops what it does for an older epoch when a newer one is offered", () => {
    const bench = running(offer);

    const effects = bench.hear({ ...offer, epoch: 2 });

    expect(doneIn(effects)).toEqual(["forget", "stop", "record", "say", "start"]);
    expect(effects.at(-1)).toMatchObject({ slot: 1, held: { epoch: 2 } });
  });

  test("step() declines what it has no slot for", () => {
    const bench = new WorkBench({ slots: 1 });
    bench.welcome();
    bench.hear(offer);
    const other = anOffer();

    expect(saidIn(bench.hear(other))).toEqual([{ type: "decline", ...refOf(other), reason: "busy" }]);
  });

  test("step() takes no more than the gateway's policy allows", () => {
    const bench = new WorkBench({ slots: 4 });
    const policy = { slots: 1, steamRuns: { burst: 1, everyMs: 1 }, itemsPerRun: 1 };

    expect(saidIn(bench.welcome({ policy }))).toMatchObject([{ type: "ready", slots: 1 }]);
    expect(saidIn(bench.hear({ type: "policy", policy: { ...policy, slots: 3 } }))).toMatchObject([{ slots: 3 }]);
  });

  test("step() declines a source it has no engine for", () => {
    const bench = new WorkBench();
    bench.welcome();

    const effects = bench.hear({ ...offer, source: { kind: "torrent", magnet: "magnet:?xt=1" } });

    expect(saidIn(effects)).toEqual([{ type: "decline", ...ref, reason: "unsupported_source" }]);
  });

  test("step() declines with the volunteer's reason and says free slots again with the next beat only", () => {
    const bench = new WorkBench({ at: { freeBytes: 500 } });
    bench.welcome();

    expect(saidIn(bench.hear({ ...offer, expectedBytes: 400 }))).toEqual([{ type: "decline", ...ref, reason: "disk" }]);
    expect(saidIn(bench.on({ type: "beat" }))).toMatchObject([{ type: "ready", slots: 2 }, { type: "beat" }]);
  });

  test("step() gives an accepted job back when the journal cannot take it", () => {
    const bench = running(offer);

    const effects = bench.on({ type: "unrecorded", ref });

    expect(saidIn(effects)).toMatchObject([
      { type: "decline", ...ref, reason: "disk" },
      { type: "ready", slots: 2 },
    ]);
    expect(bench.state.runs).toEqual([]);
  });
});

describe("step(), outcomes", () => {
  test("step() journals a result before it says it, and goes on saying it until it is settled", () => {
    const bench = running(offer);

    expect(doneIn(bench.on({ type: "reported", held: aFinished(ref) }))).toEqual(["record", "say"]);
    expect(saidIn(bench.on({ type: "beat" })).map(({ type }) => type)).toEqual(["beat"]);
    bench.tick(15_000);
    expect(saidIn(bench.on({ type: "beat" })).map(({ type }) => type)).toEqual(["finished", "beat"]);
    bench.on({ type: "gone" });
    expect(saidIn(bench.welcome({ keep: [ref] }))).toMatchObject([
      { type: "finished", ...ref },
      { type: "ready", slots: 1 },
    ]);
    expect(doneIn(bench.hear({ type: "settled", ...ref }))).toEqual(["forget", "clean", "say"]);
    expect(bench.hear({ type: "settled", ...ref })).toEqual([]);
  });

  test("step() says a failure again until it is answered, and does not renew its lease", () => {
    const bench = running(offer);
    bench.on({ type: "reported", held: aFailed(ref, "steam_timeout") });
    bench.tick(15_000);

    expect(saidIn(bench.on({ type: "beat" }))).toMatchObject([
      { type: "failed", ...ref },
      { type: "beat", leases: [] },
    ]);
    expect(bench.hear({ type: "lost", ...ref, why: "stale" })).toContainEqual({ do: "clean", ref, keep: true });
  });

  test("step() keeps its folder only where this agent's next try can use it", () => {
    const bench = running(offer);
    bench.on({ type: "reported", held: aFailed(ref, "item_removed") });

    expect(bench.hear({ type: "settled", ...ref })).toContainEqual({ do: "clean", ref, keep: false });
  });

  test.each(["lost", "cancel", "settled"] as const)(
    "step() stops a running job on %s, and is free when it has ended",
    (type) => {
      const bench = running(offer);
      const message = type === "lost" ? { type, ...ref, why: "stale" as const } : { type, ...ref };

      expect(doneIn(bench.hear(message))).toEqual(["forget", "stop"]);
      expect(bench.hear(message)).toEqual([]);
      expect(doneIn(bench.on({ type: "ended", ref }))).toEqual(["clean", "say"]);
      expect(bench.state.runs).toEqual([]);
    },
  );

  test("step() drops a result that came out while its job was being stopped", () => {
    const bench = running(offer);
    bench.hear({ type: "cancel", ...ref });

    expect(doneIn(bench.on({ type: "reported", held: aFinished(ref) }))).toEqual(["clean", "say"]);
  });

  test("step() forgets a job whose token was refused", () => {
    expect(doneIn(running(offer).on({ type: "ended", ref }))).toEqual(["forget", "clean", "say"]);
  });

  test("step() ignores words about epochs it does not hold", () => {
    const bench = running(offer);
    const other = { ...ref, epoch: 7 };

    expect(bench.hear({ type: "settled", ...other })).toEqual([]);
    expect(bench.hear({ type: "lost", ...other, why: "stale" })).toEqual([]);
    expect(bench.hear({ type: "beaten", revoked: [other] })).toEqual([]);
  });

  test("step() says nothing and hears nothing without a session", () => {
    const bench = running(offer);
    bench.on({ type: "gone" });

    expect(bench.hear({ type: "cancel", ...ref })).toEqual([]);
    expect(saidIn(bench.on({ type: "beat" }))).toEqual([]);
    expect(doneIn(bench.on({ type: "reported", held: aFinished(ref) }))).toEqual(["record"]);
  });
});

describe("step(), beats", () => {
  test("step() renews every lease with its progress", () => {
    const bench = running(offer);
    bench.on({ type: "progressed", ref, bytes: 5, total: 10 });

    expect(saidIn(bench.on({ type: "beat" }))).toMatchObject([
      { type: "beat", leases: [{ ...ref, stage: "downloading", bytes: 5, total: 10 }] },
    ]);
  });

  test("step() says its free slots again after a minute, in case offers got lost", () => {
    const bench = new WorkBench();
    bench.welcome();
    bench.tick(59_999);
    expect(saidIn(bench.on({ type: "beat" })).map(({ type }) => type)).toEqual(["beat"]);

    bench.tick(1);

    expect(saidIn(bench.on({ type: "beat" })).map(({ type }) => type)).toEqual(["ready", "beat"]);
  });

  test("step() stops what a beaten revokes", () => {
    expect(doneIn(running(offer).hear({ type: "beaten", revoked: [ref] }))).toEqual(["forget", "stop"]);
  });

  test("step() asks for an answer to a finished job that a beaten revokes", () => {
    expect(saidIn(reporting(offer).hear({ type: "beaten", revoked: [ref] }))).toMatchObject([
      { type: "finished", ...ref },
    ]);
  });

  test("step() gives up a job a lease after its deadline", () => {
    const bench = running(offer);
    bench.tick(600_000 + 90_000);
    expect(doneIn(bench.on({ type: "beat" }))).not.toContain("stop");
    bench.tick(1);

    expect(doneIn(bench.on({ type: "beat" }))).toEqual(["forget", "stop", "say"]);
  });

  test("step() hands back a download that eats into what stays free, and lets an upload end", () => {
    const limits = { freeBytesMin: 1_000, monthBytesMax: null, hours: null, apps: null };
    const bench = new WorkBench({ limits });
    bench.welcome();
    bench.hear(offer);
    bench.at = { ...bench.at, freeBytes: 999 };

    expect(doneIn(bench.on({ type: "beat" }))).toEqual(["stop", "say", "say"]);
    expect(saidIn(bench.on({ type: "ended", ref }))).toMatchObject([
      { type: "failed", failure: { code: "disk_full" } },
    ]);

    bench.hear({ ...offer, epoch: 2 });
    expect(bench.state.runs).toHaveLength(0);
  });

  test("step() says whole numbers of bytes only", () => {
    const bench = running(offer);
    bench.on({ type: "progressed", ref, bytes: 1.5, total: Number.NaN });

    expect(saidIn(bench.on({ type: "beat" }))).toMatchObject([{ leases: [{ bytes: 1, total: 0 }] }]);
  });

  test("step() takes nothing outside the hours, and opens again by itself", () => {
    const bench = new WorkBench({
      limits: { freeBytesMin: 0, monthBytesMax: null, hours: { from: 22, to: 7 }, apps: null },
    });

    expect(saidIn(bench.welcome())).toMatchObject([{ type: "ready", slots: 0 }]);
    bench.at = { ...bench.at, hour: 23 };
    expect(saidIn(bench.on({ type: "beat" }))).toMatchObject([{ type: "ready", slots: 2 }, { type: "beat" }]);
  });
});
