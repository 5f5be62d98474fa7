import { createRoute } from "@hono/zod-openapi";
import type { Deps } from "../../deps.ts";
import { type Api, NoQuery, only } from "../api.ts";
import { cachedJson } from "../cached-json.ts";
import { ModId } from "../fields.ts";
import { problems } from "../problem.ts";
import { readable } from "../responses.ts";
import { modOrRefuse } from "./find.ts";
import { ModDetails, toModDetails } from "./mod-details.ts";

const route = createRoute({
  method: "get",
  path: "/api/mods/{id}",
  operationId: "getMod",
  tags: ["scripts"],
  summary: "Read one mod",
  request: { params: only({ id: ModId }), query: NoQuery },
  responses: {
    ...readable("The mod", ModDetails),
    ...problems("bad_request", "not_found"),
  },
});

/** `GET /api/mods/{id}`. Not cached here: whoever waits for a version sees it at once, and whoever got a file its count. */
export function getMod(api: Api, deps: Pick<Deps, "catalogue" | "counters" | "shelf">): void {
  api.openapi(route, async (c) => {
    await deps.counters.settled();
    const mod = await modOrRefuse(deps, c.req.valid("param").id);
    return cachedJson(c, await toModDetails(deps, mod), { maxAgeSeconds: 0 });
  });
}
