import { spawn } from "node:child_process";
import { appendFileSync, existsSync, fstatSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { FakeItem, FakeRun } from "./fake-steamcmd-config.ts";
import {
  argumentsOf,
  argv,
  commands,
  config,
  home,
  leave,
  lock,
  say,
  state,
  tool,
  turn,
} from "./fake-steamcmd-console.ts";
import { deliver, grow, isRemembered, linkOut, type Place, placeOf } from "./fake-steamcmd-files.ts";

function recordRun(): void {
  const installDir = argumentsOf("force_install_dir")[0];
  const collisions = [lock(join(home, "fake.lock")), installDir === undefined ? false : lock(`${installDir}.lock`)];
  const environment = Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
  const run: FakeRun = {
    argv,
    home,
    cwd: process.cwd(),
    pid: process.pid,
    tool,
    environment: Object.fromEntries(environment),
    stdinClosed: fstatSync(0).isCharacterDevice(),
    collided: collisions.includes(true),
  };
  appendFileSync(join(state, "runs.jsonl"), `${JSON.stringify(run)}\n`);
}

function bootstrap(): void {
  say(`Redirecting stderr to '${home}/Steam/logs/stderr.txt'\nLogging directory: '${home}/Steam/logs'\n`);
  say("[  0%] Checking for available updates...\n");
}

function selfUpdate(code: number): never {
  say("[----] Downloading update (0 of 53,165 KB)...\n[ 83%] Downloading update (45,442 of 53,165 KB)...\n");
  say("[----] Update complete, launching Steamcmd...\n");
  return leave(code);
}

function banner(): void {
  say("[----] Verifying installation...\nUpdateUI: skip show logo");
  say(
    "Steam Console Client (c) Valve Corporation - version 1788292693\n-- type 'quit' to exit --\nLoading Steam API...OK\n\n",
  );
}

function start(): void {
  const kind = config.start[turn("start")] ?? "ok";
  if (kind === "missing-libs") {
    const loader =
      "error while loading shared libraries: libgcc_s.so.1: cannot open shared object file: No such file or directory";
    process.stderr.write(`${tool}/linux32/steamcmd: ${loader}\n`);
    leave(127);
  }
  bootstrap();
  const updated = join(tool, "updated");
  if (config.needsWarmUp && !existsSync(updated)) {
    writeFileSync(updated, "");
    selfUpdate(42);
  }
  if (kind === "rerun-7") selfUpdate(7);
  if (kind === "rerun-42") selfUpdate(42);
  if (kind === "update-check") leave(0);
  if (kind === "offline") {
    say(
      "[----] !!! Fatal Error: Steamcmd needs to be online to update. Please confirm your network connection and try again.\n",
    );
    leave(1);
  }
  banner();
  if (kind === "missing-permissions") {
    say("ERROR! Failed to install app '2465200' (Missing file permissions)\n");
    leave(8);
  }
  if (commands.some(([command]) => command === "login")) login(kind, argumentsOf("login")[0] ?? "");
}

function login(kind: string, user: string): void {
  say(
    user === "anonymous"
      ? "Connecting anonymously to Steam Public..."
      : `Logging in user '${user}' [U:1:0] to Steam Public...`,
  );
  if (kind === "rate-limit") say("ERROR (Rate Limit Exceeded)\n");
  if (kind === "invalid-password") say("ERROR (Invalid Password)\n");
  if (kind === "no-connection") say("Retrying. . .\nLogin Failure: No Connection\nFAILED with result code 3\n");
  if (kind === "guard-prompt") say("Login Failure: Account Logon Denied\n\nSteam Guard code:");
  if (kind !== "ok") leave(kind === "no-connection" ? 3 : 5);
  say("OK\nWaiting for client config...OK\nWaiting for user info...OK\n");
}

function success({ item, content }: Place, bytes: number): void {
  say(`\nSuccess. Downloaded item ${item} to "${content}" (${bytes} bytes) `);
}

/** A child that no polite signal ends. */
function stubbornChild(detached: boolean): void {
  const child = spawn("/bin/sh", ["-c", 'trap "" TERM; while :; do sleep 0.2; done'], { stdio: "inherit", detached });
  appendFileSync(join(state, "children"), `${child.pid}\n`);
  child.unref();
}

async function hang(): Promise<never> {
  process.on("SIGTERM", () => undefined);
  stubbornChild(false);
  for (;;) await sleep(1_000);
}

async function download(app: string, id: string): Promise<void> {
  say(`Downloading item ${id} ...`);
  const item = config.items[id] ?? config.items["*"];
  if (item === undefined) {
    say(`\nERROR! Download item ${id} failed (File Not Found).`);
    return;
  }
  const behaviours = item.behaviour ?? ["ok"];
  const behaviour = behaviours[Math.min(turn(`item-${id}`), behaviours.length - 1)] ?? "ok";
  const place = placeOf(app, id, behaviour === "elsewhere");
  mkdirSync(join(home, "Steam", "logs"), { recursive: true });
  if (item.log !== undefined) appendFileSync(join(home, "Steam", "logs", "workshop_log.txt"), `${item.log}\n`);
  await sleep(config.delayMs);
  await behave(behaviour, place, item);
}

async function behave(behaviour: string, place: Place, item: FakeItem): Promise<void> {
  switch (behaviour) {
    case "slow":
      for (let at = 0; at < (item.bytes ?? 10_000); at += config.stepBytes) {
        grow(place);
        await sleep(config.stepMs);
      }
      success(place, deliver(place, item));
      return;
    case "timeout":
    case "timeout-stuck":
      await sleep(config.stepMs);
      if (behaviour === "timeout") grow(place);
      say(
        `ERROR! Timeout downloading item ${place.item}../common/pipes.cpp (774) : Assertion Failed: stalled cross-thread pipe\n`,
      );
      return leave(10);
    case "abort":
      grow(place);
      return process.abort();
    case "hang":
      grow(place);
      return await hang();
    case "flood":
      for (;;) say("src/clientdll/raterecorder.h (70) : ulBytes > m_ulBytesLastSample\n".repeat(100));
    case "kill-self":
      grow(place);
      process.kill(process.pid, "SIGKILL");
      return;
    case "silent":
      return;
    default:
      return finish(behaviour, place, item);
  }
}

function finish(behaviour: string, place: Place, item: FakeItem): void {
  if (behaviour.startsWith("fail:")) say(`\nERROR! Download item ${place.item} failed (${behaviour.slice(5)}).`);
  else if (behaviour === "empty" || isRemembered(place)) success(place, 0);
  else succeed(behaviour, place, item);
}

function succeed(behaviour: string, place: Place, item: FakeItem): void {
  const noise = "IPC function call IClientUtils::GetSteamRealm took too long: 52 msec\n".repeat(15_000);
  if (behaviour === "link-out") linkOut(place);
  if (behaviour === "stray-child" || behaviour === "daemon-child") stubbornChild(behaviour === "daemon-child");
  if (behaviour === "chatty") say(noise);
  const bytes = deliver(place, item);
  success(behaviour === "lie" ? { ...place, content: `/etc/${place.item}` } : place, bytes);
  if (behaviour === "chatty") say(noise);
}

recordRun();
start();
for (const [command, app = "", item = ""] of commands) {
  if (command === "workshop_download_item") await download(app, item);
}
say("Unloading Steam API...OK\n");
leave(0);
