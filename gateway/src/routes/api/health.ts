import { createRoute, z } from "@hono/zod-openapi";
import type { Deps } from "../../deps.ts";
import type { Api } from "../api.ts";
import { json } from "../responses.ts";

const CHECK_MS = 2_000;

const HealthView = z
  .object({ status: z.literal("ok"), service: z.literal("modfleet gateway") })
  .openapi("Health", { example: { status: "ok", service: "modfleet gateway" } });
const Part = z.enum(["ok", "failing"]);
const ReadyView = z
  .object({ status: Part, database: Part, blobs: Part, freeBytes: z.int().nullable() })
  .openapi("Ready", { example: { status: "ok", database: "ok", blobs: "ok", freeBytes: 52_428_800_000 } });

const healthRoute = createRoute({
  method: "get",
  path: "/healthz",
  operationId: "getHealth",
  tags: ["operators"],
  summary: "Whether the process can serve",
  responses: { 200: { description: "It can", content: json(HealthView) } },
});

const readyRoute = createRoute({
  method: "get",
  path: "/readyz",
  operationId: "getReadiness",
  tags: ["operators"],
  summary: "Whether the database and the archives can be reached",
  responses: {
    200: { description: "They can", content: json(ReadyView) },
    503: { description: "One of them cannot", content: json(ReadyView) },
  },
});

/** For load balancers and people at night: `/healthz` asks nobody, `/readyz` asks the database and the disk. */
export function health(api: Api, { database, blobs }: Pick<Deps, "database" | "blobs">): void {
  api.openapi(healthRoute, (c) => {
    return c.json({ status: "ok", service: "modfleet gateway" } as const, 200, { "cache-control": "no-store" });
  });

  api.openapi(readyRoute, async (c) => {
    const [sql, free] = await Promise.all([
      outcome(database.read({ sql: "SELECT 1 AS one" })),
      outcome(blobs.freeBytes()),
    ]);
    const part = (ok: boolean) => (ok ? "ok" : "failing");
    const view = {
      status: part(sql.ok && free.ok),
      database: part(sql.ok),
      blobs: part(free.ok),
      freeBytes: free.ok ? free.value : null,
    } as const;
    for (const [what, { ok, cause }] of Object.entries({ database: sql, blobs: free }))
      if (!ok) c.get("log").error("Not ready", { what, error: cause });
    return c.json(view, sql.ok && free.ok ? 200 : 503, { "cache-control": "no-store" });
  });
}

type Outcome<T> = { ok: true; value: T; cause?: undefined } | { ok: false; cause: unknown };

/** A check that neither throws nor waits for ever. */
async function outcome<T>(check: Promise<T>): Promise<Outcome<T>> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`No answer within ${CHECK_MS} ms`)), CHECK_MS);
  try {
    return { ok: true, value: await Promise.race([check, late]) };
  } catch (cause) {
    return { ok: false, cause };
  } finally {
    clearTimeout(timer);
  }
}
