import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { answerBroken } from "./broken-request.ts";
import { type Door, doorFor, pathOf } from "./door.ts";
import { type Access, type GuardOptions, type Refusal, refusalOf, visitorOf } from "./guard.ts";
import { type Answer, answerRoute, isFree, problem, type RouteOptions, routesOf } from "./routes.ts";
import { isWebSocket, upgradeTo } from "./upgrade.ts";

export type LocalOptions = GuardOptions &
  RouteOptions & {
    /** 0 lets the system pick one. */
    port: number;
    /** Closed by their owners, before the surface. */
    doors?: readonly Door[];
  };

export interface LocalSurface {
  /** `http://HOST:PORT`. */
  readonly url: string;
  close(): Promise<void>;
}

const HEADERS_MS = 10_000;
/** For a whole request with what is uploaded in it; answers may take as long as they like. */
const REQUEST_MS = 120_000;
const CONNECTIONS_MAX = 1_024;

const READS = new Set(["GET", "HEAD", "OPTIONS"]);

/** The volunteer's own doors: a page, a status for programs, the drain, and what `doors` add. Throws when the port is taken. */
export async function openLocalSurface(options: LocalOptions): Promise<LocalSurface> {
  const { doors = [] } = options;
  // A request without a host is refused like one with a strange host, in its door's form.
  const server = createServer({ shouldUpgradeCallback: isWebSocket, requireHostHeader: false }, answerWith(options));
  server.on("upgrade", upgradeTo(doors, options));
  answerBroken(server, doors);
  server.headersTimeout = HEADERS_MS;
  server.requestTimeout = REQUEST_MS;
  server.maxConnections = CONNECTIONS_MAX;
  await listening(server, options);
  return { url: urlOf(server, options.host), close: () => closed(server) };
}

function answerWith(options: LocalOptions) {
  const routes = routesOf(options);
  const doors = (options.doors ?? []).filter(({ answer }) => answer !== undefined);
  return (request: IncomingMessage, response: ServerResponse): void => {
    const door = doorFor(doors, pathOf(request));
    const refusal = refusalOf(visitorOf(request), accessOf(request, door), options);
    if (refusal === null && door?.answer !== undefined) {
      door.answer(request, response);
      return;
    }
    request.resume();
    const answer = refusal === null ? answerRoute(request, routes, options.log) : refused(refusal, door, request);
    send(response, answer, request.method === "HEAD");
  };
}

function accessOf(request: IncomingMessage, door: Door | undefined): Access {
  const { method = "GET", headers } = request;
  // A browser's question beforehand cannot carry a token, and changes nothing.
  if (door !== undefined && method === "OPTIONS" && "access-control-request-method" in headers) return "health";
  if (door === undefined && isFree(request)) return "health";
  return READS.has(method) && door?.isChangedByReading !== true ? "read" : "change";
}

function refused(refusal: Refusal, door: Door | undefined, { url = "/" }: IncomingMessage): Answer {
  const form = door?.refusal?.(refusal, url);
  return { ...problem(refusal.status, refusal.title), ...form, headers: { ...form?.headers, ...refusal.headers } };
}

function send(response: ServerResponse, { status, type = "text/plain", body, headers }: Answer, isHead: boolean): void {
  response.writeHead(status, {
    "content-type": type,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
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
