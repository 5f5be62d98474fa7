import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { FetchRequest } from "../src/engine/engine.ts";
import { fetchFile } from "../src/engine/http/fetch-file.ts";

export type Answer = (request: IncomingMessage, response: ServerResponse, turn: number) => void;
export const CONTENT = "0123456789".repeat(10_000);
/** Far more than the pipes between server and client hold, so that a break leaves bytes behind. */
export const LONG = "0123456789".repeat(400_000);

/** A server that answers its requests in turn; `url` has a path without a file's name. */
export async function serving(answer: Answer) {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    answer(request, response, requests.length);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("No port");
  return { url: `http://127.0.0.1:${address.port}/ugc/77/`, requests };
}

/** Serves `content` with ranges, breaking the connection after `breakAfter` bytes of the first answer. */
export function serve(content: string, { breakAfter = Number.POSITIVE_INFINITY, etag = '"one"' } = {}): Answer {
  return ({ headers }, response, turn) => {
    const from = headers["if-range"] === etag ? Number(/bytes=(\d+)-/.exec(headers.range ?? "")?.[1] ?? 0) : 0;
    const body = content.slice(from);
    const range = `bytes ${from}-${content.length - 1}/${content.length}`;
    response.writeHead(from > 0 ? 206 : 200, {
      etag,
      "content-length": body.length,
      "content-disposition": 'inline; filename="map.bsp"',
      ...(from > 0 ? { "content-range": range } : {}),
    });
    if (turn > 1 || breakAfter >= body.length) return void response.end(body);
    // Closed politely, so that the bytes before the break arrive.
    response.write(body.slice(0, breakAfter), () => response.socket?.end());
  };
}

export async function tempFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "modfleet-http-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Fetches `url` as the engine does, in a folder that goes away with the test. */
export async function fetchedFrom(
  url: string,
  changes: Partial<FetchRequest> = {},
  options: { allowPrivate?: boolean; idleMs?: number; resumesMax?: number } = {},
) {
  const folder = changes.folder ?? (await tempFolder());
  const request: FetchRequest = {
    source: { kind: "http", url },
    folder,
    maxBytes: 5_000_000,
    expectedBytes: null,
    slot: 0,
    onProgress: () => undefined,
    signal: new AbortController().signal,
    ...changes,
  };
  const { allowPrivate = true, idleMs = 10_000, resumesMax = 2 } = options;
  const limits = { resumeWaitMs: 1, resumesMax, idleMs };
  const outcome = await fetchFile({ url, fallbackName: "42_legacy.bin" }, request, { allowPrivate, limits });
  return { folder, outcome };
}
