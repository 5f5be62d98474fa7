import { mkdir } from "node:fs/promises";
import { onTestFinished } from "vitest";
import type { GetContext } from "../src/commands/get-context.ts";
import { tempFolder } from "./temp-folder.ts";

/** What `get` needs of the world in a folder that goes away with the test; Steam and the engine are not there. */
export async function getBench() {
  const folder = await tempFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  await mkdir(folder.at("here"));
  const controller = new AbortController();
  const written = { out: "", err: "" };
  const pauses: number[] = [];
  const context: GetContext = {
    steamApiUrl: "http://127.0.0.1:1",
    createEngine: () => Promise.reject(new Error("Steam is not asked")),
    pack: () => Promise.reject(new Error("Nothing is packed")),
    fetch,
    scratch: folder.at("scratch"),
    cwd: folder.at("here"),
    stdout: { write: (text) => (written.out += text) },
    stderr: { write: (text) => (written.err += text) },
    now: () => 0,
    signal: controller.signal,
    watchInterrupts: () => {},
    sleep: async (ms) => void pauses.push(ms),
    exit: () => {},
  };
  return { folder, context, written, pauses, interrupt: () => controller.abort(new Error("Interrupted")) };
}
