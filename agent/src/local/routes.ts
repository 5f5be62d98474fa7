import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import type { Log } from "../log.ts";
import type { Status } from "../status.ts";
import { pathOf } from "./door.ts";
import { statusPage } from "./page.ts";

export type RouteOptions = {
  status: () => Status;
  drain: () => void;
  log: Log;
};

export type Answer = { status: number; type?: string; body: string; headers?: OutgoingHttpHeaders };
export type Routes = ReadonlyMap<string, Route>;
type Route = { method: "GET" | "POST"; answer: (request: IncomingMessage) => Answer };

/** Supervisors on other machines ask these, and know no token. */
const FREE = new Set(["/healthz", "/readyz"]);

export function isFree(request: IncomingMessage): boolean {
  return FREE.has(pathOf(request)) && (request.method === "GET" || request.method === "HEAD");
}

/** What the port answers itself: the page, the status, the drain, and signs of life. */
export function routesOf({ status, drain, log }: RouteOptions): Routes {
  return new Map<string, Route>([
    ["/", { method: "GET", answer: ({ headers }) => html(statusPage(status(), headers)) }],
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

/** The answer to somebody who may come in. */
export function answerRoute(request: IncomingMessage, routes: Routes, log: Log): Answer {
  const route = routes.get(pathOf(request));
  if (route === undefined) return problem(404, "There is nothing here");
  const method = request.method === "HEAD" ? "GET" : request.method;
  if (method !== route.method)
    return { ...problem(405, `Only ${route.method} works here`), headers: { allow: route.method } };
  try {
    return route.answer(request);
  } catch (cause) {
    log.error("The local surface failed", { cause });
    return problem(500, "Something went wrong, the log says what");
  }
}

/** An error as RFC 9457 writes it. */
export function problem(status: number, title: string): Answer {
  return { ...json(status, { title, status }), type: "application/problem+json" };
}

/** For supervisors: ready means that offers can come. */
function readiness(status: Status): Answer {
  return json(status.state === "connected" ? 200 : 503, { status: status.state });
}

function json(status: number, value: unknown): Answer {
  return { status, type: "application/json", body: `${JSON.stringify(value)}\n` };
}

const html = (body: string): Answer => ({ status: 200, type: "text/html; charset=utf-8", body });
