import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { tempFolder } from "../../test/temp-folder.ts";
import { createScratch } from "./scratch.ts";

const JOB = "job_00000000000000000001";
const ref = (epoch: number, job = JOB) => ({ job, epoch });
const NOW = Date.now();

describe("createScratch()", () => {
  test("open() makes a folder for one epoch of one job, again and again the same", async () => {
    await using folder = await tempFolder();
    const scratch = createScratch(folder.at("scratch"));

    const opened = await scratch.open(ref(1));
    writeFileSync(join(opened.content, "a"), "a");

    expect(opened).toEqual(await scratch.open(ref(1)));
    expect(opened.content).toBe(folder.at("scratch", `${JOB}-1`, "content"));
    expect(existsSync(join(opened.content, "a"))).toBe(true);
  });

  test("clean() removes everything, or keeps what was loaded for the next try", async () => {
    await using folder = await tempFolder();
    const scratch = createScratch(folder.at("scratch"));
    const first = await scratch.open(ref(1));
    writeFileSync(join(first.content, "half"), "bytes");
    writeFileSync(first.archive, "zip");

    await scratch.clean(ref(1), true);
    const second = await scratch.open(ref(2));

    expect(readFileSync(join(second.content, "half"), "utf8")).toBe("bytes");
    expect(existsSync(second.archive)).toBe(false);
    await scratch.clean(ref(2), false);
    expect(readdirSync(folder.at("scratch"))).toEqual([]);
  });

  test("clean() keeps a bounded number of folders", async () => {
    await using folder = await tempFolder();
    const scratch = createScratch(folder.at("scratch"));

    for (let n = 1; n <= 6; n += 1) {
      const each = ref(1, `job_0000000000000000000${n}`);
      await scratch.open(each);
      await scratch.clean(each, true);
    }

    expect(readdirSync(folder.at("scratch"))).toHaveLength(4);
  });

  test("sweep() leaves held jobs and young kept folders only", async () => {
    await using folder = await tempFolder();
    const scratch = createScratch(folder.at("scratch"));
    const [held, kept, left] = [ref(1), ref(1, "job_00000000000000000002"), ref(1, "job_00000000000000000003")];
    for (const each of [held, kept, left]) await scratch.open(each);
    await scratch.clean(kept, true);
    writeFileSync(folder.at("scratch", "stray"), "");

    await scratch.sweep([held], NOW);
    expect(readdirSync(folder.at("scratch")).toSorted()).toEqual([`${JOB}-1`, `${kept.job}-1`]);
    await scratch.sweep([held], NOW + 25 * 60 * 60 * 1_000);
    expect(readdirSync(folder.at("scratch"))).toEqual([`${JOB}-1`]);
  });

  test("hasArchive() believes a whole archive only", async () => {
    await using folder = await tempFolder();
    const scratch = createScratch(folder.at("scratch"));
    const { archive } = await scratch.open(ref(1));
    writeFileSync(archive, "zip");

    expect(await scratch.hasArchive(ref(1), 3)).toBe(true);
    expect(await scratch.hasArchive(ref(1), 4)).toBe(false);
    expect(await scratch.hasArchive(ref(2), 3)).toBe(false);
  });
});
