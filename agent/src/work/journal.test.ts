import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test, vi } from "vitest";
import { tempFolder } from "../../test/temp-folder.ts";
import { aFinished, aHeld } from "../../test/work-bench.ts";
import { openJournal } from "./journal.ts";

const WRITER = fileURLToPath(new URL("../../test/journal-writer.ts", import.meta.url));
const JOB = "job_00000000000000000001";
const OTHER = "job_00000000000000000002";

describe("openJournal()", () => {
  test("openJournal() remembers held jobs at their last stage, and the epochs of those that are gone", async () => {
    await using folder = await tempFolder();
    const path = folder.at("journal.jsonl");
    const { journal } = openJournal(path);

    journal.record(aHeld({ job: JOB, epoch: 1 }));
    journal.record(aFinished({ job: JOB, epoch: 1 }));
    journal.record(aHeld({ job: OTHER, epoch: 3 }));
    journal.forget({ job: OTHER, epoch: 3 });
    journal.close();

    const { remembered, damaged } = openJournal(path);
    expect(remembered.held).toEqual([aFinished({ job: JOB, epoch: 1 })]);
    expect(Object.fromEntries(remembered.seen)).toEqual({ [JOB]: 1, [OTHER]: 3 });
    expect(damaged).toBe(0);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("openJournal() cuts off a torn last line and goes on after it", async () => {
    await using folder = await tempFolder();
    const path = folder.at("journal.jsonl");
    const { journal } = openJournal(path);
    journal.record(aHeld({ job: JOB, epoch: 1 }));
    journal.close();
    appendFileSync(path, JSON.stringify({ kind: "held", held: aFinished({ job: JOB, epoch: 1 }) }).slice(0, 90));

    const second = openJournal(path);
    second.journal.record(aHeld({ job: OTHER, epoch: 1 }));

    expect(second.remembered.held).toEqual([aHeld({ job: JOB, epoch: 1 })]);
    expect(openJournal(path).remembered.held).toHaveLength(2);
  });

  test("openJournal() leaves out lines that it cannot read, and counts them", async () => {
    await using folder = await tempFolder();
    await folder.write({ "journal.jsonl": 'junk\n{"kind":"held","held":{"job":"x"}}\n' });

    expect(openJournal(folder.at("journal.jsonl"))).toMatchObject({ damaged: 2, remembered: { held: [] } });
  });

  test("forget() of an older epoch leaves the newer one", async () => {
    await using folder = await tempFolder();
    const { journal } = openJournal(folder.at("journal.jsonl"));

    journal.record(aHeld({ job: JOB, epoch: 2 }));
    journal.forget({ job: JOB, epoch: 1 });

    expect(openJournal(folder.at("journal.jsonl")).remembered.held).toEqual([aHeld({ job: JOB, epoch: 2 })]);
  });

  test("openJournal() keeps a bounded number of settled jobs, the newest", async () => {
    await using folder = await tempFolder();
    const gone = Array.from({ length: 1_200 }, (_, n) => ({
      kind: "gone",
      job: `job_${String(n).padStart(20, "0")}`,
      epoch: 1,
    }));
    await folder.write({ "journal.jsonl": gone.map((line) => `${JSON.stringify(line)}\n`).join("") });

    const { seen } = openJournal(folder.at("journal.jsonl")).remembered;

    expect(seen.size).toBe(1_000);
    expect(seen.has(`job_${String(1_199).padStart(20, "0")}`)).toBe(true);
    expect(readFileSync(folder.at("journal.jsonl"), "utf8").split("\n")).toHaveLength(1_001);
  });

  test.each([3, 40, 120])(
    "openJournal() has every acknowledged fact after kill -9 (after %i of them)",
    async (lines) => {
      await using folder = await tempFolder();
      const path = folder.at("journal.jsonl");
      const writer = spawn(process.execPath, [WRITER, path], { stdio: ["ignore", "pipe", "inherit"] });
      let heard = "";
      writer.stdout.on("data", (chunk) => {
        heard += chunk;
      });
      await vi.waitFor(() => expect(heard.split("\n").length).toBeGreaterThan(lines), { timeout: 20_000, interval: 1 });

      writer.kill("SIGKILL");
      await once(writer, "close");

      const { remembered } = openJournal(path);
      const stageOf = (job: string): string => remembered.held.find((held) => held.job === job)?.stage ?? "gone";
      const order = ["downloading", "finished", "gone"];
      const facts = heard
        .split("\n")
        .slice(0, -1)
        .map((line) => line.split(" "));
      const lost = facts.filter(([stage = "", job = ""]) => order.indexOf(stageOf(job)) < order.indexOf(stage));
      expect(lost).toEqual([]);
      expect(facts.every(([, job = ""]) => remembered.seen.get(job) === 1)).toBe(true);
    },
  );
});
