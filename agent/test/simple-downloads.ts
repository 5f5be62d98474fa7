import { createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Downloads, Look } from "../src/local/console/downloads.ts";

/** A downloader of one connection for tests of the console; it waits `answerMs` for an answer. */
export function simpleDownloads({ answerMs = 300 } = {}): Downloads {
  return {
    look: async (url, signal) => {
      const both = AbortSignal.any([signal, AbortSignal.timeout(answerMs)]);
      const head = await ask(url, { method: "HEAD", signal: both });
      return head.kind !== "dead" ? head : await ask(url, { headers: { range: "bytes=0-0" }, signal: both });
    },
    async fetch({ url, folder, onProgress, signal }) {
      const file = join(folder, "body");
      const have = await stat(file).then(
        ({ size }) => size,
        () => 0,
      );
      const response = await fetch(url, { signal, headers: have > 0 ? { range: `bytes=${have}-` } : {} });
      if (!response.ok || response.body === null) return { kind: "failed", detail: `Answered ${response.status}` };
      const from = response.status === 206 ? have : 0;
      const length = response.headers.get("content-length");
      const total = length === null ? null : from + Number(length);
      let bytes = from;
      const counted = async function* (chunks: AsyncIterable<Uint8Array>) {
        for await (const chunk of chunks) {
          bytes += chunk.length;
          onProgress({ bytes, total, connections: 1 });
          yield chunk;
        }
      };
      await pipeline(counted(response.body), createWriteStream(file, { flags: from > 0 ? "a" : "w" }));
      return {
        kind: "fetched",
        file,
        bytes,
        name: decodeURIComponent(new URL(url).pathname.split("/").at(-1) ?? "file"),
      };
    },
  };
}

async function ask(url: string, init: RequestInit): Promise<Look> {
  try {
    const response = await fetch(url, init);
    await response.body?.cancel();
    if (response.status !== 200 && response.status !== 206) return { kind: "dead" };
    const total = response.headers.get("content-length");
    const isPage = /^text\/html/i.test(response.headers.get("content-type") ?? "");
    return isPage ? { kind: "page" } : { kind: "file", total: total === null ? null : Number(total) };
  } catch {
    return { kind: "dead" };
  }
}
