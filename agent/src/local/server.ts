import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Log } from "../log.ts";
import type { Status } from "../status.ts";
import { type GuardOptions, isOurHost, mayWrite } from "./guard.ts";
import { statusPage } from "./page.ts";
import { type Door, isWebSocket, pathOf, upgradeTo } from "./upgrade.ts";

export type LocalOptions = GuardOptions & {
  /** 0 lets the system pick one. */
  port: number;
  status: () => Status;
  drain: () => void;
  /** Closed by their owners, before the surface. */
  doors?: readonly Door[];
  log: Log;
};

export interface LocalSurface {
  /** `http://HOST:PORT`. */
  readonly url: string;
  close(): Promise<void>;
}

type Answer = { status: number; type?: string; body: string; headers?: Record<string, string> };
type Route = { method: "GET" | "POST"; answer: (request: IncomingMessage) => Answer };

/** The volunteer's own doors: a page, a status for programs, and the drain. Throws when the port is taken. */
export async function openLocalSurface(options: LocalOptions): Promise<LocalSurface> {
  const routes = routesOf(options);
  const server = createServer({ shouldUpgradeCallback: isWebSocket }, (request, response) => {
    request.resume();
    send(response, answerTo(request, { ...options, routes }), request.method === "HEAD");
  });
  server.on("upgrade", upgradeTo(options.doors ?? [], options));
  server.headersTimeout = 10_000;
  server.requestTimeout = 10_000;
  await listening(server, options);
  return { url: urlOf(server, options.host), close: () => closed(server) };
}

function routesOf({ status, drain, log }: LocalOptions): ReadonlyMap<string, Route> {
  return new Map<string, Route>([
    ["/", { method: "GET", answer: (request) => html(statusPage(status(), request.headers["accept-language"])) }],
    ["/api/status", { method: "GET", answer: () => json(200, status()) }],
    ["/healthz", { method: "GET", answer: () => json(200, { status: "ok", pid: process.pid }) }],
    ["/readyz", { method: "GET", answer: () => readiness(status()) }],
    [
      "/api/drain",
      {
        method: "POST",
        answer: () => {
          log.info("Asked to drain through the local port");
          drain();
          return json(202, { state: "draining", jobs: status().work.jobs.length });
        },
      },
    ],
  ]);
}

type Context = GuardOptions & { routes: ReadonlyMap<string, Route>; log: Log };

/** In this order, so that a strange host learns nothing, not even which paths there are. */
function answerTo(request: IncomingMessage, { routes, log, ...guard }: Context): Answer {
  if (!isOurHost(request.headers.host, guard)) return problem(421, "This host name is not this agent's");
  const route = routes.get(pathOf(request));
  if (route === undefined) return problem(404, "There is nothing here");
  const method = request.method === "HEAD" ? "GET" : request.method;
  if (method !== route.method)
    return { ...problem(405, `Only ${route.method} works here`), headers: { allow: route.method } };
  if (method !== "GET" && !mayWrite(request, guard)) {
    return problem(403, "This web origin may not change anything, see MODFLEET_LOCAL_ORIGINS");
  }
  try {
    return route.answer(request);
  } catch (cause) {
    log.error("The local surface failed", { cause });
    return problem(500, "Something went wrong, the log says what");
  }
}

/** For supervisors: ready means that offers can come. */
function readiness(status: Status): Answer {
  return json(status.state === "connected" ? 200 : 503, { status: status.state });
}

function json(status: number, value: unknown): Answer {
  return { status, type: "application/json", body: `${JSON.stringify(value)}\n` };
}

function problem(status: number, title: string): Answer {
  return { ...json(status, { title, status }), type: "application/problem+json" };
}

const html = (body: string): Answer => ({ status: 200, type: "text/html; charset=utf-8", body });

function send(response: ServerResponse, { status, type = "text/plain", body, headers }: Answer, isHead: boolean): void {
  response.writeHead(status, {
    "content-type": type,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    ...headers,
  });
  response.end(isHead ? undefined : body);
}

function listening(server: Server, { host, port }: Pick<LocalOptions, "host" | "port">): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(port, host, () => {
    server.removeListener("error", reject);
    resolve();
  });
  return promise;
}

function urlOf(server: Server, host: string): string {
  // A server that listens on TCP has an address with a port.
  const { port } = server.address() as AddressInfo;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Keep-alive connections of the page would hold the process open. */
async function closed(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeAllConnections();
  await promise;
}
