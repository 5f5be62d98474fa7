import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { isRunning } from "../../../test/fake-steamcmd.ts";
import { endStrays } from "./process-group.ts";
import { claimSlot, endOrphans, isInstallation, prepareSlot } from "./slots.ts";

async function tempFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "modfleet-slots-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function anInstallation(): Promise<string> {
  const folder = join(await tempFolder(), "steamcmd");
  await mkdir(join(folder, "linux32"), { recursive: true });
  await mkdir(join(folder, "steamapps/workshop"), { recursive: true });
  await writeFile(join(folder, "steamcmd.sh"), "#!/bin/sh\n", { mode: 0o755 });
  await writeFile(join(folder, "linux32/steamcmd"), "binary");
  await writeFile(join(folder, "steamapps/workshop/huge"), "not ours");
  return join(folder, "steamcmd.sh");
}

/** A process of another agent, alive until the test ends. */
async function someProcess(home: string): Promise<number> {
  const child = spawn("/bin/sleep", ["600"], { env: { HOME: home }, detached: true, stdio: "ignore" });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child, "spawn");
  return child.pid ?? 0;
}

async function aDeadPid(): Promise<number> {
  const child = spawn("/bin/true");
  await once(child, "exit");
  return child.pid ?? 0;
}

describe("claimSlot()", () => {
  test("claimSlot() gives the same folder to the same process again", async () => {
    const tool = await tempFolder();

    expect(await claimSlot(tool, 0)).toBe(join(tool, "slots/0"));
    expect(await claimSlot(tool, 0)).toBe(join(tool, "slots/0"));
  });

  test("claimSlot() leaves alone what another live process works in", async () => {
    const tool = await tempFolder();
    await claimSlot(tool, 0);
    await writeFile(join(tool, "slots/0/owner"), String(await someProcess("/nowhere")));

    expect(await claimSlot(tool, 0)).toBe(join(tool, "slots/0-b"));
  });

  test.each(["dead", "junk", "another process by now"])(
    "claimSlot() takes over from an owner that is %s",
    async (kind) => {
      const tool = await tempFolder();
      await claimSlot(tool, 0);
      const texts: Record<string, string> = { dead: String(await aDeadPid()), junk: "\0nonsense" };
      await writeFile(join(tool, "slots/0/owner"), texts[kind] ?? `${await someProcess("/nowhere")} 1`);

      expect(await claimSlot(tool, 0)).toBe(join(tool, "slots/0"));
      expect(await readFile(join(tool, "slots/0/owner"), "utf8")).toMatch(new RegExp(`^${process.pid} `));
    },
  );
});

describe("prepareSlot()", () => {
  test("prepareSlot() copies an installation without what Steam has downloaded into it", async () => {
    const file = await anInstallation();
    const folder = await claimSlot(await tempFolder(), 0);

    const slot = await prepareSlot(folder, file, true);

    expect(slot).toEqual({ home: join(folder, "home"), file: join(folder, "tool/steamcmd.sh"), folder });
    expect(existsSync(join(folder, "tool/linux32/steamcmd"))).toBe(true);
    expect(existsSync(join(folder, "tool/steamapps"))).toBe(false);
  });

  test("prepareSlot() leaves a wrapper where it is", async () => {
    const folder = await claimSlot(await tempFolder(), 3);

    expect(await prepareSlot(folder, "/usr/games/steamcmd", false)).toEqual({
      home: join(folder, "home"),
      file: "/usr/games/steamcmd",
      folder,
    });
  });

  test("prepareSlot() copies again after a copy that was interrupted", async () => {
    const file = await anInstallation();
    const folder = await claimSlot(await tempFolder(), 0);
    await mkdir(join(folder, "tool.new"), { recursive: true });
    await mkdir(join(folder, "tool"), { recursive: true });
    await writeFile(join(folder, "tool/steamcmd.sh"), "half");

    const slot = await prepareSlot(folder, file, true);

    expect(await readFile(slot.file, "utf8")).toBe("#!/bin/sh\n");
  });
});

describe("isInstallation()", () => {
  test("isInstallation() knows Valve's layouts from a wrapper", async () => {
    const file = await anInstallation();
    const wrapper = join(await tempFolder(), "steamcmd");
    await symlink(file, wrapper);

    expect(isInstallation(file, "linux")).toBe(true);
    expect(isInstallation(wrapper, "linux")).toBe(false);
    expect(isInstallation("C:/steamcmd/steamcmd.exe", "win32")).toBe(true);
    expect(isInstallation("C:/steamcmd/start.cmd", "win32")).toBe(false);
  });
});

describe("endOrphans()", () => {
  test("endOrphans() ends what a killed agent left running in its slots", async () => {
    const tool = await tempFolder();
    const folder = await claimSlot(tool, 1);
    const orphan = await someProcess(join(folder, "home"));
    await writeFile(join(folder, "owner"), String(await aDeadPid()));

    expect(await endOrphans(tool)).toBe(1);

    await vi.waitFor(async () => expect(await isRunning(orphan)).toBe(false));
  });

  test("endOrphans() spares the slots of an agent that lives", async () => {
    const tool = await tempFolder();
    const folder = await claimSlot(tool, 1);
    const other = await someProcess(join(folder, "home"));
    await writeFile(join(folder, "owner"), String(other));

    expect(await endOrphans(tool)).toBe(0);
    expect(await isRunning(other)).toBe(true);
  });

  test("endStrays() spares every process with another HOME", async () => {
    const home = await tempFolder();
    const other = await someProcess(`${home}-other`);

    expect(await endStrays(new Set([home]))).toBe(0);
    expect(await isRunning(other)).toBe(true);
  });
});
