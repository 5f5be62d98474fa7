import { describe, expect, test } from "vitest";
import { anOffer } from "../../test/harness.ts";
import { aFinished, aHeld, doneIn, refOf, running, saidIn, WorkBench } from "../../test/work-bench.ts";

const offer = anOffer();
const ref = refOf(offer);

describe("step(), restarts", () => {
  const remembered = { held: [aHeld(ref)], seen: new Map([[ref.job, 1]]) };

  test("step() goes on with a kept job only once it is welcomed", () => {
    const bench = new WorkBench({ remembered });
    expect(bench.on({ type: "beat" })).toEqual([]);

    expect(doneIn(bench.welcome({ keep: [ref] }))).toEqual(["start", "say"]);
    expect(doneIn(bench.welcome({ keep: [ref] }))).toEqual(["say"]);
  });

  test("step() drops a lost job without starting it", () => {
    const bench = new WorkBench({ remembered });

    expect(doneIn(bench.welcome({ lost: [ref] }))).toEqual(["forget", "clean", "say"]);
    expect(bench.state.runs).toEqual([]);
  });

  test("step() says a remembered result at once", () => {
    const bench = new WorkBench({ remembered: { ...remembered, held: [aFinished(ref)] } });

    expect(saidIn(bench.welcome({ keep: [ref] }))).toMatchObject([{ type: "finished", ...ref }, { type: "ready" }]);
  });

  test("step() runs no more remembered jobs at once than it has slots now", () => {
    const jobs = [ref, refOf(anOffer()), refOf(anOffer())];
    const held = jobs.map((each) => aHeld(each));
    const bench = new WorkBench({ slots: 2, remembered: { held, seen: new Map() } });

    expect(doneIn(bench.welcome({ keep: jobs })).filter((each) => each === "start")).toHaveLength(2);
    expect(doneIn(bench.on({ type: "reported", held: aFinished(ref) }))).toEqual(["record", "say", "start"]);
  });
});

describe("step(), drains", () => {
  test("step() says draining once, declines offers, and lets what runs finish", () => {
    const bench = running(offer);

    expect(saidIn(bench.on({ type: "drain", withinMs: 1_000 }))).toEqual([{ type: "draining" }]);
    expect(saidIn(bench.on({ type: "drain", withinMs: 500 }))).toEqual([]);
    expect(bench.state.drainUntil).toBe(1_000_500);
    expect(saidIn(bench.hear(anOffer()))).toMatchObject([{ type: "decline", reason: "draining" }]);
    expect(saidIn(bench.on({ type: "reported", held: aFinished(ref) }))).toMatchObject([{ type: "finished" }]);
  });

  test("step() hands back what is not done in time, once its processes have ended", () => {
    const bench = running(offer);
    bench.on({ type: "drain", withinMs: 0 });

    expect(doneIn(bench.on({ type: "drain_over" }))).toEqual(["stop"]);
    const effects = bench.on({ type: "ended", ref });
    expect(doneIn(effects)).toEqual(["record", "say"]);
    expect(saidIn(effects)).toMatchObject([{ type: "failed", ...ref, failure: { code: "draining" } }]);
    expect(bench.hear({ type: "settled", ...ref })).toContainEqual({ do: "clean", ref, keep: true });
  });

  test("step() drains when the gateway says so, and says it again in the next session", () => {
    const bench = running(offer);

    expect(saidIn(bench.hear({ type: "drain", deadlineMs: 5_000 }))).toEqual([{ type: "draining" }]);
    bench.on({ type: "gone" });
    expect(saidIn(bench.welcome({ keep: [ref] }))).toEqual([{ type: "draining" }]);
  });

  test("step() starts nothing once the drain is over", () => {
    const bench = new WorkBench({ remembered: { held: [aHeld(ref)], seen: new Map() } });
    bench.on({ type: "drain", withinMs: 0 });
    bench.on({ type: "drain_over" });

    expect(doneIn(bench.welcome({ keep: [ref] }))).toEqual(["say"]);
  });
});
