import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { eventually } from "../../test/eventually.ts";
import { isRunning } from "../../test/fake-steamcmd.ts";
import { killDescendants } from "./kill-descendants.ts";

const STUBBORN = 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1_000);';
const PARENT = `
  const { spawn } = require("node:child_process");
  console.log(spawn(process.execPath, ["-e", ${JSON.stringify(STUBBORN)}]).pid);
  ${STUBBORN}`;

test("killDescendants() kills what was started below a process, whatever it ignores, and not the process", async () => {
  const parent = spawn(process.execPath, ["-e", PARENT], { stdio: ["ignore", "pipe", "ignore"] });
  const closed = once(parent, "close");
  const [line] = await once(parent.stdout, "data");
  const child = Number(String(line).trim());
  expect(await isRunning(child)).toBe(true);

  killDescendants(parent.pid ?? 0, process.platform);

  await eventually(async () => expect(await isRunning(child)).toBe(false));
  expect(parent.exitCode).toBeNull();
  parent.kill("SIGKILL");
  await closed;
});
