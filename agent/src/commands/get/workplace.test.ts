import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, writeFile } from "node:fs/promises";
import { expect, onTestFinished, test } from "vitest";
import { tempFolder } from "../../../test/temp-folder.ts";
import { startOf } from "../../engine/steamcmd/process-group.ts";
import { isTaken, keyOf, takeWorkplace } from "./workplace.ts";

test("takeWorkplace() gives a folder to one at a time, and what is kept to the next", async () => {
  await using folder = await tempFolder();
  const path = folder.at("deep", "work");
  const first = await takeWorkplace(path);
  await writeFile(first?.at("bytes") ?? "", "kept");

  expect(await takeWorkplace(path)).toBeNull();
  expect(await isTaken(path)).toBe(true);
  await first?.leave();
  expect(await isTaken(path)).toBe(false);

  const second = await takeWorkplace(path);
  expect((await readdir(path)).sort()).toEqual(["bytes", "owner"]);
  await second?.remove();
  expect(await readdir(folder.at("deep"))).toEqual([]);
});

test("takeWorkplace() leaves no empty folder", async () => {
  await using folder = await tempFolder();

  await (await takeWorkplace(folder.at("work")))?.leave();

  expect(await readdir(folder.path)).toEqual([]);
});

test("takeWorkplace() leaves alone what a living process has, and takes over from a dead one", async () => {
  await using folder = await tempFolder();
  const child = spawn("sleep", ["60"]);
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child, "spawn");
  const pid = child.pid ?? 0;
  await folder.write({
    "theirs/owner": `${pid} ${(await startOf(pid)) ?? ""}`,
    "reused/owner": `${pid} 1`,
    "junk/owner": "a word",
  });

  expect(await takeWorkplace(folder.at("theirs"))).toBeNull();
  for (const name of ["reused", "junk"]) {
    const taken = await takeWorkplace(folder.at(name));
    expect(taken).not.toBeNull();
    await taken?.leave();
  }
  child.kill("SIGKILL");
  await once(child, "exit");
  const taken = await takeWorkplace(folder.at("theirs"));
  expect(taken).not.toBeNull();
  await taken?.leave();
});

test("keyOf() tells parts apart", () => {
  expect(keyOf("a", "bc")).not.toBe(keyOf("ab", "c"));
  expect(keyOf("a", "bc")).toBe(keyOf("a", "bc"));
});
