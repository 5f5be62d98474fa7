import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { isRunning } from "../../../test/fake-steamcmd.ts";
import { createKeptText } from "./kept-text.ts";
import { runTool, type ToolOutcome } from "./run-tool.ts";

type Run = { outcome: ToolOutcome; stdout: string; stderr: string };

type RunOptions = { signal?: AbortSignal; onChunk?: (stdout: string) => void; killGraceMs?: number };

/** Runs a shell script the way SteamCMD is run. */
async function run(script: string, options: RunOptions = {}): Promise<Run> {
  const { signal = new AbortController().signal, onChunk, killGraceMs = 100 } = options;
  const folder = await mkdtemp(join(tmpdir(), "modfleet-run-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const said = { stdout: "", stderr: "" };
  const outcome = await runTool(
    { file: "/bin/sh", args: ["-c", script], cwd: folder, env: { PATH: process.env["PATH"] ?? "" }, home: folder },
    {
      signal,
      killGraceMs,
      onOutput(chunk, from) {
        said[from] += chunk;
        onChunk?.(said.stdout);
      },
    },
  );
  return { outcome, ...said };
}

describe("runTool()", () => {
  test("runTool() tells the exit code and both streams", async () => {
    expect(await run("echo out; echo err >&2; exit 7")).toEqual({
      outcome: { kind: "exited", code: 7 },
      stdout: "out\n",
      stderr: "err\n",
    });
  });

  test("runTool() gives the program the environment it was handed and nothing else", async () => {
    const { stdout } = await run("env | sort");

    expect(stdout).toMatch(/^HOME=.*modfleet-run-/m);
    expect(stdout).not.toMatch(/^VITEST/m);
  });

  test("runTool() closes stdin, so that a prompt ends at once", async () => {
    expect((await run("read answer || exit 3")).outcome).toEqual({ kind: "exited", code: 3 });
  });

  test("runTool() tells which signal ended a program", async () => {
    expect((await run("kill -9 $$")).outcome).toEqual({ kind: "died", signal: "SIGKILL" });
  });

  test("runTool() tells of a program that is not there, or is none", async () => {
    const signal = new AbortController().signal;
    const options = { signal, killGraceMs: 100, onOutput: () => undefined };
    const command = { args: [], cwd: tmpdir(), env: {}, home: "/nowhere" };

    expect(await runTool({ file: "/nowhere/steamcmd", ...command }, options)).toEqual({
      kind: "missing",
      detail: "ENOENT",
    });
    expect(await runTool({ file: tmpdir(), ...command }, options)).toEqual({
      kind: "missing",
      detail: "EACCES",
    });
  });

  test.each([
    [undefined, "cancel"],
    ["stalled", "stalled"],
    ["too_large", "too_large"],
  ])("runTool() reports an abort for %s as %s", async (reason, by) => {
    const stop = new AbortController();

    const { outcome } = await run("echo up; sleep 600", { signal: stop.signal, onChunk: () => stop.abort(reason) });

    expect(outcome).toEqual({ kind: "killed", by });
  });

  test("runTool() ends grandchildren that ignore SIGTERM", async () => {
    const stop = new AbortController();
    const script = `(trap "" TERM; sleep 600 & echo $!; wait; while :; do sleep 0.1; done) & echo $!; wait`;

    const { outcome, stdout } = await run(script, {
      signal: stop.signal,
      onChunk(said) {
        if (said.split("\n").length > 2) stop.abort();
      },
    });

    expect(outcome.kind).toBe("killed");
    const pids = stdout.trim().split("\n").map(Number);
    expect(pids).toHaveLength(2);
    expect(await Promise.all(pids.map(isRunning))).toEqual([false, false]);
  });

  test("runTool() does not wait for a child in another session that holds the pipe", async () => {
    const { outcome, stdout } = await run(
      "setsid sh -c 'echo $$; : > up; exec sleep 600' & while [ ! -e up ]; do sleep 0.01; done; exit 4",
    );

    expect(outcome).toEqual({ kind: "exited", code: 4 });
    await vi.waitFor(async () => expect(await isRunning(Number(stdout))).toBe(false));
  });

  test("runTool() leaves a polite program the time to clean up", async () => {
    const stop = new AbortController();

    const script = "trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.01; done";
    const { stdout } = await run(script, { signal: stop.signal, onChunk: () => stop.abort(), killGraceMs: 10_000 });

    expect(stdout).toBe("up\nbye\n");
  });

  test("runTool() loses no byte of a large output", async () => {
    const { stdout } = await run("i=0; while [ $i -lt 20 ]; do printf '%050000d' $i; i=$((i+1)); done");

    expect(stdout).toHaveLength(1_000_000);
  });

  test("runTool() runs a file with a shell's characters in its name", async () => {
    const folder = await mkdtemp(join(tmpdir(), "modfleet-odd $(name) ;"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, "steam cmd.sh");
    await writeFile(file, '#!/bin/sh\n[ "$1" = "a b; exit 9" ]\n', { mode: 0o755 });

    const outcome = await runTool(
      { file, args: ["a b; exit 9"], cwd: folder, env: {}, home: folder },
      { signal: new AbortController().signal, killGraceMs: 100, onOutput: () => undefined },
    );

    expect(outcome).toEqual({ kind: "exited", code: 0 });
  });
});

describe("createKeptText()", () => {
  test("createKeptText() keeps all of what fits, and head and tail of what does not", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.integer({ min: 2, max: 60 }), (chunks, max) => {
        const kept = createKeptText(max);
        for (const chunk of chunks) kept.push(chunk);
        const whole = chunks.join("");
        const half = Math.floor(max / 2);

        expect(kept.length()).toBe(whole.length);
        expect(kept.text().startsWith(whole.slice(0, half))).toBe(true);
        expect(kept.text().endsWith(whole.slice(-half))).toBe(true);
        expect(whole.length > 2 * half || kept.text() === whole).toBe(true);
      }),
    );
  });
});
