import { createRoute, z } from "@hono/zod-openapi";
import type { Deps } from "../../deps.ts";
import { encodeCursor } from "../../domain/page.ts";
import { VERSION_SORT } from "../../store/archives.ts";
import { type Api, NoQuery, only } from "../api.ts";
import { cachedJson } from "../cached-json.ts";
import { CursorText, Limit, ModId, VersionKey } from "../fields.ts";
import { problems } from "../problem.ts";
import { readable } from "../responses.ts";
import { VERSION_EXAMPLE } from "./examples.ts";
import { modOrRefuse, versionOrRefuse } from "./find.ts";
import { toCursor } from "./list-mods.ts";
import { toVersionView, VersionView } from "./mod-view.ts";

const LIMIT_DEFAULT = 50;
/** A published version never changes. */
const DAY_SECONDS = 86_400;

const VersionList = z
  .object({ items: z.array(VersionView), next: z.string().nullable() })
  .openapi("VersionList", { example: { items: [VERSION_EXAMPLE], next: null } });

const listRoute = createRoute({
  method: "get",
  path: "/api/mods/{id}/versions",
  operationId: "listVersions",
  tags: ["scripts"],
  summary: "List the versions of a mod that are kept, the newest first",
  request: { params: only({ id: ModId }), query: only({ limit: Limit, cursor: CursorText }) },
  responses: {
    ...readable("A page of versions", VersionList),
    ...problems("bad_request", "not_found"),
  },
});

const oneRoute = createRoute({
  method: "get",
  path: "/api/mods/{id}/versions/{version}",
  operationId: "getVersion",
  tags: ["scripts"],
  summary: "Read one version",
  request: { params: only({ id: ModId, version: VersionKey }), query: NoQuery },
  responses: {
    ...readable("The version", VersionView),
    ...problems("bad_request", "not_found"),
  },
});

/** The versions of a mod. What is published never changes, so one version may be kept for a day. */
export function versions(api: Api, deps: Pick<Deps, "catalogue">): void {
  api.openapi(listRoute, async (c) => {
    const { id } = c.req.valid("param");
    const { limit = LIMIT_DEFAULT, cursor } = c.req.valid("query");
    const after = toCursor(cursor, VERSION_SORT);
    await modOrRefuse(deps, id);
    const page = await deps.catalogue.versions(id, { limit, after });
    const next = page.next === null ? null : encodeCursor(page.next);
    return cachedJson(c, { items: page.items.map(toVersionView), next }, { maxAgeSeconds: 0 });
  });

  api.openapi(oneRoute, async (c) => {
    const version = await versionOrRefuse(deps, c.req.valid("param"));
    return cachedJson(c, toVersionView(version), { maxAgeSeconds: DAY_SECONDS });
  });
}
