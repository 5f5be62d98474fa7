import { mkdir } from "node:fs/promises";
import { setImmediate as soon } from "node:timers/promises";
import { onTestFinished } from "vitest";
import type { GetContext } from "../src/commands/get/get-context.ts";
import { QUICK_LIMITS } from "./http-file-server.ts";
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
    openTorrentClient: () => Promise.reject(new Error("No torrent is asked for")),
    dht: true,
    http: { allowPrivate: false, connections: 1, blockBytes: null, limits: QUICK_LIMITS },
    pack: () => Promise.reject(new Error("Nothing is packed")),
    fetch,
    scratch: folder.at("scratch"),
    cwd: folder.at("here"),
    stdout: { write: (text) => (written.out += text) },
    stderr: { write: (text) => (written.err += text) },
    now: () => 0,
    signal: controller.signal,
    watchInterrupts: () => {},
    sleep: async (ms) => {
      pauses.push(ms);
      await soon();
    },
    exit: () => {},
  };
  return { folder, context, written, pauses, interrupt: () => controller.abort(new Error("Interrupted")) };
}
