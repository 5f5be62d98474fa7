import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { FetchRequest } from "../src/engine/engine.ts";
import { fetchFile } from "../src/engine/http/fetch-file.ts";
import type { HttpLimits } from "../src/engine/options.ts";
import { listenInTest } from "./loopback.ts";

export type Answer = (request: IncomingMessage, response: ServerResponse, turn: number) => void;
export const CONTENT = "0123456789".repeat(10_000);
/** Far more than the pipes between server and client hold, so that a break leaves bytes behind. */
export const LONG = Array.from({ length: 400_000 }, (_, i) => `${i}`.padStart(9, "0")).join(" ");

/** A server that answers its requests in turn; `url` has a path without a file's name. */
export async function serving(answer: Answer, tls?: ServerOptions) {
  const requests: IncomingMessage[] = [];
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    requests.push(request);
    answer(request, response, requests.length);
  };
  const server: Server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  const scheme = tls === undefined ? "http" : "https";
  return { url: `${scheme}://127.0.0.1:${await listenInTest(server)}/ugc/77/`, requests };
}

export type ServeOptions = {
  etag?: string | null;
  lastModified?: string;
  /** False: every answer is the whole file. */
  ranges?: boolean;
  /** Bytes after which the first, second … request for bytes is cut off. */
  breakAfter?: readonly number[];
  headers?: Record<string, string>;
  /** Called for each request for bytes before it is answered; true: it has answered itself. */
  instead?: (get: Get) => boolean;
};

export type Get = {
  /** From 1; only requests for more than the first byte count. */
  turn: number;
  range: { from: number; to: number } | null;
  request: IncomingMessage;
  response: ServerResponse;
};

/** Serves `content` as RFC 9110 says: HEAD, ranges, If-Range. */
export function serve(content: string | Buffer, options: ServeOptions = {}): Answer {
  const bytes = Buffer.from(content);
  const { etag = '"one"', lastModified, ranges = true, breakAfter = [], headers = {} } = options;
  let turn = 0;
  return (request, response) => {
    const range = ranges ? rangeOf(request, { etag, lastModified, total: bytes.length }) : null;
    const isProbe = request.method === "HEAD" || request.headers.range === "bytes=0-0";
    if (!isProbe) turn += 1;
    if (!isProbe && options.instead?.({ turn, range, request, response }) === true) return;
    const body = range === null ? bytes : bytes.subarray(range.from, range.to);
    response.writeHead(range === null ? 200 : 206, {
      ...(etag === null ? {} : { etag }),
      ...(lastModified === undefined ? {} : { "last-modified": lastModified }),
      "content-length": body.length,
      "content-disposition": 'inline; filename="map.bsp"',
      ...(range === null ? {} : { "content-range": `bytes ${range.from}-${range.to - 1}/${bytes.length}` }),
      ...headers,
    });
    if (request.method === "HEAD") return void response.end();
    const breakAt = isProbe ? undefined : breakAfter[turn - 1];
    if (breakAt === undefined || breakAt >= body.length) return void response.end(body);
    // Closed politely, so that the bytes before the break arrive.
    response.write(body.subarray(0, breakAt), () => response.socket?.end());
  };
}

type Known = { etag: string | null; lastModified: string | undefined; total: number };

function rangeOf({ headers }: IncomingMessage, { etag, lastModified, total }: Known): Get["range"] {
  const [, from, last] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? "") ?? [];
  if (from === undefined || Number(from) >= total) return null;
  const condition = headers["if-range"];
  if (condition !== undefined && condition !== etag && condition !== lastModified) return null;
  return { from: Number(from), to: last ? Math.min(total, Number(last) + 1) : total };
}

/** The requests that wanted more than to ask. */
export const getsIn = (requests: readonly IncomingMessage[]): IncomingMessage[] =>
  requests.filter(({ method, headers }) => method === "GET" && headers.range !== "bytes=0-0");

export async function tempFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "modfleet-http-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export type FetchedFrom = Partial<HttpLimits> & { allowPrivate?: boolean; connections?: number; blockBytes?: number };

/** Nothing that a test has to wait for. */
export const QUICK_LIMITS = { resumeWaitMs: 1, resumesMax: 2, idleMs: 10_000, progressMs: 0, checkpointMs: 20 };

/** Fetches `url` as the engine does, in a folder that goes away with the test. */
export async function fetchedFrom(url: string, changes: Partial<FetchRequest> = {}, options: FetchedFrom = {}) {
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
  const { allowPrivate = true, connections = 1, blockBytes = null, ...limits } = options;
  const outcome = await fetchFile({ url, fallbackName: "42_legacy.bin" }, request, {
    ...{ allowPrivate, connections, blockBytes },
    limits: { ...QUICK_LIMITS, ...limits },
  });
  return { folder, outcome };
}
