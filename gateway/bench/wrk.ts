import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";

/** Requests and milliseconds of one run. */
export type Load = { perSecond: number; p50Ms: number; p99Ms: number; failed: number };

export type LoadOptions = { url: string; seconds: number; script?: string };

/** Whether `wrk` is installed (Debian: `apt-get install wrk`). */
export function hasWrk(): boolean {
  return spawnSync("wrk", ["-v"]).error === undefined;
}

/** Two threads with 32 connections ask for `url`, or for what a Lua script says, as fast as they are answered. */
export async function runWrk({ url, seconds, script }: LoadOptions): Promise<Load> {
  const args = ["-t2", "-c32", `-d${seconds}s`, "--latency", ...(script === undefined ? [] : ["-s", script]), url];
  const wrk = spawn("wrk", args, { stdio: ["ignore", "pipe", "inherit"] });
  const [parts] = await Promise.all([wrk.stdout.setEncoding("utf8").toArray(), once(wrk, "close")]);
  return readLoad(parts.join(""));
}

function readLoad(text: string): Load {
  const perSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1]);
  const refused = Number(/Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1] ?? 0);
  const broken = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(text)?.slice(1) ?? [];
  const failed = broken.reduce((sum, count) => sum + Number(count), refused);
  if (!Number.isFinite(perSecond)) throw new Error(`Could not read what wrk said: ${text}`);
  return { perSecond: Math.round(perSecond), p50Ms: latency(text, 50), p99Ms: latency(text, 99), failed };
}

const UNIT_MS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1_000 };

function latency(text: string, percent: number): number {
  const [, value, unit = "ms"] = new RegExp(`${percent}%\\s+([\\d.]+)(us|ms|s)`).exec(text) ?? [];
  return Math.round(Number(value) * (UNIT_MS[unit] ?? 1) * 100) / 100;
}
