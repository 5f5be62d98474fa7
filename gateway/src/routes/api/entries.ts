import { createRoute, z } from "@hono/zod-openapi";
import { ArchiveEntry } from "@modfleet/protocol";
import type { Deps } from "../../deps.ts";
import { encodeCursor } from "../../domain/page.ts";
import { type Api, only } from "../api.ts";
import { cachedJson } from "../cached-json.ts";
import { CursorText, ModId, VersionKey, whole } from "../fields.ts";
import { problems } from "../problem.ts";
import { readable } from "../responses.ts";
import { ENTRY_EXAMPLE } from "./examples.ts";
import { versionOrRefuse } from "./find.ts";
import { toCursor } from "./list-mods.ts";

/** One below what the store gives at once, so that one more row can tell whether there is another page. */
const LIMIT_MAX = 999;
const LIMIT_DEFAULT = 100;
const ENTRY_SORT = "path";
const DAY_SECONDS = 86_400;

/** Spelled again, because schemas of the protocol cannot be named in the document. */
const Entry = z.object(ArchiveEntry.shape).openapi("Entry", { example: ENTRY_EXAMPLE });

const EntryList = z
  .object({ items: z.array(Entry), next: z.string().nullable() })
  .openapi("EntryList", { example: { items: [ENTRY_EXAMPLE], next: null } });

const route = createRoute({
  method: "get",
  path: "/api/mods/{id}/versions/{version}/entries",
  operationId: "listEntries",
  tags: ["scripts"],
  summary: "List the files in a version's archive, by path",
  request: {
    params: only({ id: ModId, version: VersionKey }),
    query: only({
      limit: whole(1, LIMIT_MAX).optional().openapi({ description: "Most items of a page" }),
      cursor: CursorText,
    }),
  },
  responses: {
    ...readable("A page of the manifest", EntryList),
    ...problems("bad_request", "not_found"),
  },
});

/** The manifest of a version. Its cursor is the last path, so that a deep page costs what the first costs. */
export function entries(api: Api, deps: Pick<Deps, "catalogue">): void {
  api.openapi(route, async (c) => {
    const { limit = LIMIT_DEFAULT, cursor } = c.req.valid("query");
    const after = toCursor(cursor, ENTRY_SORT)?.id ?? null;
    const { archive } = await versionOrRefuse(deps, c.req.valid("param"));
    const found = await deps.catalogue.entries(archive.sha256, { after, limit: limit + 1 });
    const items = found.slice(0, limit);
    const last = found.length > limit ? items.at(-1) : undefined;
    const next = last === undefined ? null : encodeCursor({ sort: ENTRY_SORT, value: 0, id: last.path });
    return cachedJson(c, { items, next }, { maxAgeSeconds: DAY_SECONDS });
  });
}
