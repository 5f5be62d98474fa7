import { appendFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { createLogReader } from "./log-files.ts";
import { readWorkshopLog } from "./workshop-log.ts";

const failed = "[AppID 7] Download item 42 result : Failure";

describe("readWorkshopLog()", () => {
  test.each([
    ["[AppID 7] Update canceled: (Missing decryption key)", "not-entitled"],
    ["Update workshop job for app 7 canceled: (Disk write failure)", "disk-write"],
    ["[AppID 7] Update canceled: Not enough disk space", "disk-write"],
    ["[AppID 7] Update canceled: (Missing game files)", "stale-acf"],
    ["[AppID 7] Update canceled: (File locked)", "locked"],
    ["[AppID 7] Update canceled: (Missing configuration)", "missing-configuration"],
    ["[AppID 7] Update canceled: (Invalid Platform)", "invalid-platform"],
  ])("readWorkshopLog() reads %j as %s", (line, cause) => {
    expect(readWorkshopLog(`${line}\r\n${failed}\r\n`, ["42"])).toEqual({ kind: "cause", cause });
  });

  test("readWorkshopLog() names the gravest of several causes", () => {
    const text = `[AppID 7] (File locked)\n[AppID 7] (Missing decryption key)\n${failed}`;

    expect(readWorkshopLog(text, ["42"])).toEqual({ kind: "cause", cause: "not-entitled" });
  });

  test("readWorkshopLog() leaves out what was said about other apps", () => {
    expect(readWorkshopLog(`[AppID 8] (Missing decryption key)\n${failed}`, ["42"])).toEqual({
      kind: "refused",
      reason: "failure",
    });
    expect(readWorkshopLog("[AppID 8] (Missing decryption key)", ["42"], 7)).toEqual({ kind: "none" });
  });

  test("readWorkshopLog() forgets the causes from before a result that is OK", () => {
    const text = `[AppID 7] (File locked)\n${failed}\n[AppID 7] Download item 42 result : OK`;

    expect(readWorkshopLog(text, ["42"])).toEqual({ kind: "success" });
  });

  test("readWorkshopLog() finds a cause without the item's own line when the app is known", () => {
    expect(readWorkshopLog("[AppID 7] (Missing game files)", ["42"], 7)).toEqual({ kind: "cause", cause: "stale-acf" });
  });
});

describe("createLogReader()", () => {
  async function aSlot() {
    const folder = await mkdtemp(join(tmpdir(), "modfleet-log-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const home = join(folder, "home");
    await mkdir(join(home, "Steam/logs"), { recursive: true });
    return { folder, home, log: join(home, "Steam/logs/workshop_log.txt") };
  }

  test("readNew() gives only what was added", async () => {
    const { log, ...slot } = await aSlot();
    await writeFile(log, "old\n");
    const reader = await createLogReader(slot);
    await appendFile(log, "new\n");

    expect((await reader.readNew()).trim()).toBe("new");
  });

  test("readNew() gives all of a log that Steam began anew", async () => {
    const { log, ...slot } = await aSlot();
    await writeFile(log, "a long history\n");
    const reader = await createLogReader(slot);
    await writeFile(log, "new\n");

    expect((await reader.readNew()).trim()).toBe("new");
  });

  test("readNew() reads a log that lies beside the tool", async () => {
    const { folder, home } = await aSlot();
    const reader = await createLogReader({ folder, home });
    await mkdir(join(folder, "tool/logs"), { recursive: true });
    await writeFile(join(folder, "tool/logs/workshop_log.txt"), "beside\n");

    expect((await reader.readNew()).trim()).toBe("beside");
  });

  test("readNew() reads no more than the end of a huge log", async () => {
    const { log, ...slot } = await aSlot();
    const reader = await createLogReader(slot);
    await writeFile(log, `${"x".repeat(3_000_000)}END`);

    const text = (await reader.readNew()).trim();

    expect(text.length).toBeLessThan(1_100_000);
    expect(text.endsWith("END")).toBe(true);
  });
});
