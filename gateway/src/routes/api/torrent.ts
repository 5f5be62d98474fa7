import { createHash } from "node:crypto";
import { createRoute, z } from "@hono/zod-openapi";
import type { Deps } from "../../deps.ts";
import type { Version } from "../../domain/catalogue.ts";
import { AppError } from "../../domain/errors.ts";
import { archiveFileName, metainfo } from "../../domain/metainfo.ts";
import type { ArchivePieces } from "../../domain/pieces.ts";
import { type Api, NoQuery, only } from "../api.ts";
import { attachment } from "../content-disposition.ts";
import { ModId, VersionKey } from "../fields.ts";
import { originOf } from "../origin.ts";
import { checkConditions } from "../preconditions.ts";
import { problem, problems } from "../problem.ts";
import { Conditions } from "../request-headers.ts";
import { HEADERS } from "../responses.ts";
import { versionOrRefuse } from "./find.ts";
import { archivePath } from "./mod-view.ts";

const TORRENT_TYPE = "application/x-bittorrent";
const DAY_SECONDS = 86_400;

const Torrent = z.string().openapi({ format: "binary" });
const fresh = { ...HEADERS.etag, ...HEADERS.caching };
const disposition = {
  ...HEADERS.entry["Content-Disposition"],
  example: 'attachment; filename="2925604173-7382051923482930174.zip.torrent"',
};

const route = createRoute({
  method: "get",
  path: "/api/mods/{id}/versions/{version}/torrent",
  operationId: "downloadTorrent",
  tags: ["scripts"],
  summary: "Read one version's zip as a torrent: those who share it spare this server, which is its web seed",
  request: { params: only({ id: ModId, version: VersionKey }), query: NoQuery, headers: Conditions },
  responses: {
    200: {
      description: "Metainfo of version 1 (BEP 3) with this server's archive as web seed (BEP 19)",
      headers: { ...fresh, "Content-Disposition": disposition },
      content: { [TORRENT_TYPE]: { schema: Torrent } },
    },
    304: { description: "You have it already", headers: fresh },
    ...problems("bad_request", "not_found", "precondition_failed", "not_ready"),
  },
});

type TorrentDeps = Pick<Deps, "catalogue" | "piecesOf"> & { config: Pick<Deps["config"], "publicUrl" | "trackers"> };

/** `GET /api/mods/{id}/versions/{version}/torrent`. The info-hash of a version never changes; where its seeds are may. */
export function torrent(api: Api, deps: TorrentDeps): void {
  const { publicUrl, trackers } = deps.config;
  // Without an address of our own it depends on what the asker calls us.
  const shared = publicUrl === null ? "private" : "public";

  api.openapi(route, async (c) => {
    const version = await versionOrRefuse(deps, c.req.valid("param"));
    const pieces = await piecesOrRefuse(deps, version);
    const webSeed = `${originOf(c, deps.config)}${archivePath(version.mod, version.key)}`;
    const bytes = metainfo({ version, pieces, webSeed, trackers });

    const etag = `"${createHash("sha1").update(bytes).digest("base64url")}"`;
    const caching = { etag, "cache-control": `${shared}, max-age=${DAY_SECONDS}` };
    const condition = checkConditions((name) => c.req.header(name), { etag, modifiedAt: null });
    if (condition === "not_modified") return new Response(null, { status: 304, headers: caching });
    if (condition === "failed")
      return problem(c, {
        code: "precondition_failed",
        status: 412,
        detail: "It is another torrent than you expected",
      });
    const fileName = `${archiveFileName(version.mod, version.key)}.torrent`;
    const headers = { "content-type": TORRENT_TYPE, "content-disposition": attachment(fileName), ...caching };
    return new Response(bytes, { headers });
  });
}

async function piecesOrRefuse({ piecesOf }: Pick<Deps, "piecesOf">, version: Version): Promise<ArchivePieces> {
  const held = await piecesOf(version);
  switch (held.kind) {
    case "here":
      return held.pieces;
    case "damaged":
      throw new AppError("not_found", "The archive is damaged");
    case "later": {
      const { retryAfterSeconds } = held;
      throw new AppError("not_ready", "The torrent is being made: ask again in a moment", { retryAfterSeconds });
    }
  }
}
