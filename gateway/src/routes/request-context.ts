import type { MiddlewareHandler } from "hono";
import type { Deps } from "../deps.ts";
import type { AppEnv } from "./app-env.ts";

const SANE_ID = /^[\w-]{1,64}$/;

/** Gives every request an id that its log lines and its answer carry, and logs one line when it is answered. */
export function requestContext({ log, now, newId }: Pick<Deps, "log" | "now" | "newId">): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const given = c.req.header("x-request-id");
    const requestId = given !== undefined && SANE_ID.test(given) ? given : newId("req");
    const ours = log.with({ requestId });
    c.set("requestId", requestId);
    c.set("log", ours);
    const startedAt = now();

    await next();

    c.res.headers.set("x-request-id", requestId);
    const { status } = c.res;
    ours.info("Answered", { method: c.req.method, path: c.req.path, status, ms: now() - startedAt });
  };
}
