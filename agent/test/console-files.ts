import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { endServer, freePort, listenOnLoopback } from "./loopback.ts";

export const FILE = Buffer.alloc(300_000, "0123456789");

export type FileServer = AsyncDisposable & {
  /** `http://127.0.0.1:PORT`. */
  url: string;
  /** How often each path was asked for its content. */
  gets(path: string): number;
  /** Lets the second half of a gated file go. */
  open(name: string): void;
  /** A port on which nothing listens. */
  refusedUrl: string;
};

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const page =
  (type: string): Answer =>
  (_, response) =>
    void response.writeHead(200, { "content-type": type }).end("<p>a page</p>");
const status =
  (code: number): Answer =>
  (_, response) =>
    void response.writeHead(code).end();
const redirect =
  (location: string): Answer =>
  (_, response) =>
    void response.writeHead(302, { location }).end();
const file =
  (type: string | null): Answer =>
  ({ method }, response) => {
    response.writeHead(200, { ...(type !== null && { "content-type": type }), "content-length": FILE.length });
    response.end(method === "HEAD" ? undefined : FILE);
  };

const ANSWERS: Readonly<Record<string, Answer>> = {
  "/page": page("text/html; charset=UTF-8"),
  "/page-lower": page("text/html; charset=utf-8"),
  "/page-bare": page("text/html"),
  "/page-upper": page("TEXT/HTML; charset=UTF-8"),
  "/404": status(404),
  "/500": status(500),
  "/drops": ({ socket }) => void socket.destroy(),
  "/never": () => {},
  "/redirect": redirect("/plain/moved.bin"),
  "/circle": redirect("/circle"),
  "/to-file": redirect("file:///etc/hostname"),
  "/head-405": (request, response) => (request.method === "HEAD" ? status(405) : file("a/b"))(request, response),
  "/no-type": file(null),
};

/** Serves what the console's cases ask for: `/plain/…` at once, `/gated/…` with ranges and `/whole/…` without, half of it first. */
export async function fileServer(): Promise<FileServer> {
  const counts = new Map<string, number>();
  const gates = new Map<string, PromiseWithResolvers<void>>();
  const gate = (name: string): PromiseWithResolvers<void> => {
    const known = gates.get(name) ?? Promise.withResolvers<void>();
    gates.set(name, known);
    return known;
  };
  const server = createServer((request, response) => {
    const path = request.url ?? "/";
    if (request.method === "GET") counts.set(path, (counts.get(path) ?? 0) + 1);
    const [, kind, name = ""] = path.split("/");
    if (kind === "gated" || kind === "whole")
      sendGated(request, response, { ranges: kind === "gated", gate: gate(name) });
    else if (kind === "plain" || kind === "other") file("application/octet-stream")(request, response);
    else (ANSWERS[path] ?? status(404))(request, response);
  });
  const url = `http://127.0.0.1:${await listenOnLoopback(server)}`;
  return {
    url,
    gets: (path) => counts.get(path) ?? 0,
    open: (name) => gate(name).resolve(),
    refusedUrl: `http://127.0.0.1:${await freePort()}/x.bin`,
    [Symbol.asyncDispose]: () => endServer(server),
  };
}

type Gate = { ranges: boolean; gate: PromiseWithResolvers<void> };

/** Half of what was asked for, the rest when the gate opens. A single byte is given at once. */
function sendGated(request: IncomingMessage, response: ServerResponse, { ranges, gate }: Gate): void {
  const [, from = "", to = ""] = /^bytes=(\d+)-(\d*)$/.exec((ranges && request.headers.range) || "") ?? [];
  const [start, end] = [Number(from), to === "" ? FILE.length : Math.min(FILE.length, Number(to) + 1)];
  const body = FILE.subarray(start, end);
  response.writeHead(from === "" ? 200 : 206, {
    "content-type": "application/zip",
    "content-length": body.length,
    ...(ranges && { "accept-ranges": "bytes", etag: '"one"' }),
    ...(from !== "" && { "content-range": `bytes ${start}-${end - 1}/${FILE.length}` }),
  });
  if (request.method === "HEAD" || body.length <= 1) return void response.end(request.method === "HEAD" ? "" : body);
  response.write(body.subarray(0, body.length / 2));
  void gate.promise.then(() => response.end(body.subarray(body.length / 2)));
}
