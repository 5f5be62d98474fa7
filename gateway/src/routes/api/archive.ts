import { createRoute, z } from "@hono/zod-openapi";
import { type HeldArchive, heldArchive } from "../../actions/held-archive.ts";
import type { Deps } from "../../deps.ts";
import { AppError } from "../../domain/errors.ts";
import { type Api, NoQuery, only } from "../api.ts";
import { archiveAttachment } from "../content-disposition.ts";
import { ModId, VersionKey } from "../fields.ts";
import { problems } from "../problem.ts";
import { Ranges } from "../request-headers.ts";
import { downloadable } from "../responses.ts";
import { type SendDeps, sendArchive } from "../send-archive.ts";
import { modOrRefuse, versionOrRefuse } from "./find.ts";

const Zip = z.string().openapi({ format: "binary" });
const responses = {
  ...downloadable("The zip. ETag is its SHA-256 and Repr-Digest says it once more, unless nobody knows it yet", Zip),
  ...problems("bad_request", "not_found", "precondition_failed", "range_not_satisfiable"),
} as const;

const currentRoute = createRoute({
  method: "get",
  path: "/api/mods/{id}/archive",
  operationId: "downloadMod",
  tags: ["scripts"],
  summary: "Download the version that is served now",
  request: { params: only({ id: ModId }), query: NoQuery, headers: Ranges },
  responses,
});

const versionRoute = createRoute({
  method: "get",
  path: "/api/mods/{id}/versions/{version}/archive",
  operationId: "downloadVersion",
  tags: ["scripts"],
  summary: "Download one version; this address always means the same bytes",
  request: { params: only({ id: ModId, version: VersionKey }), query: NoQuery, headers: Ranges },
  responses,
});

/** The two addresses of an archive: by mod, which moves on with updates, and by version, which never changes. */
export function archive(api: Api, deps: Pick<Deps, "catalogue"> & SendDeps): void {
  api.openapi(currentRoute, async (c) => {
    const mod = await modOrRefuse(deps, c.req.valid("param").id);
    if (mod.current === null && mod.imported === null)
      throw new AppError("not_found", `No archive of mod ${mod.id} yet: POST /api/mods/${mod.id}/fetch asks for it`);
    const held = heldOrRefuse(await heldArchive(deps, mod));
    return sendArchive(c, deps, { mod, held, disposition: archiveAttachment(mod.name), address: "mod" });
  });

  api.openapi(versionRoute, async (c) => {
    const wanted = c.req.valid("param");
    const version = await versionOrRefuse(deps, wanted);
    const mod = await modOrRefuse(deps, wanted.id);
    const held = heldOrRefuse(await heldArchive(deps, { current: version, imported: null }));
    return sendArchive(c, deps, { mod, held, disposition: archiveAttachment(mod.name), address: "version" });
  });
}

function heldOrRefuse(held: HeldArchive | null): HeldArchive {
  if (held === null) throw new AppError("not_found", "The archive is damaged");
  return held;
}
