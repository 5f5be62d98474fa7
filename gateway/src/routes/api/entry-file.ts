import { createRoute, z } from "@hono/zod-openapi";
import { getMimeType } from "hono/utils/mime";
import { readEntry } from "../../actions/read-entry.ts";
import type { Deps } from "../../deps.ts";
import { AppError } from "../../domain/errors.ts";
import { type Api, NoQuery, only } from "../api.ts";
import { attachment, safeFileName } from "../content-disposition.ts";
import { fileAnswer } from "../deliver-files.ts";
import { ModId, VersionKey } from "../fields.ts";
import { streamBody } from "../file-body.ts";
import { checkConditions } from "../preconditions.ts";
import { problem, problems } from "../problem.ts";
import { Conditions } from "../request-headers.ts";
import { HEADERS } from "../responses.ts";
import { versionOrRefuse } from "./find.ts";

const Path = z
  .string()
  .min(1)
  .max(4_096)
  .openapi({ description: "As the list of entries says, slashes included", example: "About/About.xml" });
const File = z.string().openapi({ format: "binary" });

const route = createRoute({
  method: "get",
  path: "/api/mods/{id}/versions/{version}/entries/{path{.+}}",
  operationId: "downloadEntry",
  tags: ["scripts"],
  summary: "Read one file out of a version's archive",
  request: {
    params: only({ id: ModId, version: VersionKey, path: Path }),
    query: NoQuery,
    headers: Conditions,
  },
  responses: {
    200: { description: "The file", headers: HEADERS.entry, content: { "*/*": { schema: File } } },
    304: { description: "You have it already", headers: HEADERS.etag },
    ...problems("bad_request", "not_found", "precondition_failed"),
  },
});

/** Strangers wrote these files: a browser may store one, never show or run it here. */
const INERT = {
  "content-security-policy": "sandbox; default-src 'none'",
  "x-content-type-options": "nosniff",
} as const;

/** One file out of an archive, unpacked on the way. It never carries a Range: packed data have no middle to start from. */
export function entryFile(api: Api, deps: Pick<Deps, "catalogue" | "blobs">): void {
  api.openapi(route, async (c) => {
    const { id, version, path } = c.req.valid("param");
    const { archive } = await versionOrRefuse(deps, { id, version });
    const entry = await deps.catalogue.entry(archive.sha256, path);
    if (entry === null) throw new AppError("not_found", `No file ${path} in version ${version} of mod ${id}`);

    const etag = `"${entry.sha256}"`;
    const caching = { etag, "cache-control": "public, max-age=31536000, immutable" };
    const condition = checkConditions((name) => c.req.header(name), { etag, modifiedAt: null });
    if (condition === "not_modified") return new Response(null, { status: 304, headers: caching });
    if (condition === "failed")
      return problem(c, { code: "precondition_failed", status: 412, detail: "It is another file than you expected" });

    const archivePath = deps.blobs.path(archive.sha256);
    if (archivePath === null) throw new AppError("not_found", "The archive is damaged");
    const headers = {
      "content-type": getMimeType(path) ?? "application/octet-stream",
      "content-length": String(entry.size),
      "content-disposition": attachment(safeFileName(path.split("/").at(-1) ?? path)),
      "accept-ranges": "none",
      ...caching,
      ...INERT,
    };
    if (c.req.method === "HEAD") return new Response(null, { headers });
    return fileAnswer(c, streamBody(await readEntry(archivePath, entry.path)), { headers });
  });
}
