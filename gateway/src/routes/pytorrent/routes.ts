import { createRoute, z } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import type { Api } from "../api.ts";
import type { AppEnv } from "../app-env.ts";
import { ANSWERS } from "./answers.ts";
import { type DownloadDeps, download } from "./download.ts";
import { downloadSteam, type SteamDownloadDeps } from "./download-steam.ts";
import { CORS, redirectTo, reply } from "./reply.ts";

const Answer = z.object({ message: z.string(), error_id: z.int() }).openapi("PyTorrentAnswer");
const Queued = Answer.extend({ unsuccessful_attempts: z.boolean().optional(), updating: z.boolean().optional() });

const params = z.object({ mod_id: z.string().openapi({ example: "2925604173", description: "An integer" }) });
const json = (schema: z.ZodType) => ({ "application/json": { schema } });
const shared = {
  200: {
    description: "The archive",
    content: { "application/zip": { schema: z.string().openapi({ format: "binary" }) } },
  },
  202: { description: "On its way; `Location` is its job", content: json(Queued.openapi("PyTorrentQueued")) },
  206: { description: "The part that Range asked for" },
  304: { description: "You have it already" },
  404: { description: "Not to be had", content: json(Answer) },
  422: { description: "Not an integer", content: json(z.object({ detail: z.array(z.unknown()) })) },
} as const;

const steamRoute = createRoute({
  method: "get",
  path: "/download/steam/{mod_id}",
  operationId: "pytorrentDownloadSteam",
  tags: ["pytorrent"],
  summary: "Download a Workshop item, or ask for it (PyTorrent)",
  request: { params },
  responses: { ...shared, 503: { description: "Nobody could fetch it now", content: json(Answer) } },
});

const plainRoute = createRoute({
  method: "get",
  path: "/download/{mod_id}",
  operationId: "pytorrentDownload",
  tags: ["pytorrent"],
  summary: "Download a mod that is here (PyTorrent)",
  request: { params },
  responses: shared,
});

/** The two download paths of PyTorrent's current interface, at the root as it had them. */
export function pytorrentDownloads(api: Api, deps: DownloadDeps & SteamDownloadDeps): void {
  api.use("/download", pytorrentForm);
  api.use("/download/*", pytorrentForm);
  api.openapi(steamRoute, (c) => downloadSteam(c, deps, c.req.valid("param").mod_id));
  api.openapi(plainRoute, (c) => download(c, deps, c.req.valid("param").mod_id));
  api.get("/download/*", (c) => {
    const bare = /^(\/download(?:\/steam)?\/[^/]+)\/+$/.exec(c.req.path)?.[1];
    return bare === undefined ? reply(404, ANSWERS.unknownPath) : redirectTo(c, bare);
  });
  api.all("/download", () => reply(404, ANSWERS.unknownPath));
  api.all("/download/*", () => reply(405, ANSWERS.wrongMethod, { allow: "GET, HEAD, OPTIONS" }));
}

/** Every answer below /download is for every origin, a refusal too; a preflight is answered here. */
const pytorrentForm: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (c.req.method === "OPTIONS") c.res = preflight();
  else await next();
  for (const [name, value] of Object.entries(CORS)) c.res.headers.set(name, value);
};

function preflight(): Response {
  const headers = {
    ...CORS,
    allow: "GET, HEAD, OPTIONS",
    "access-control-allow-methods": "GET, HEAD",
    "access-control-allow-headers": "Range, If-Range, If-None-Match, If-Match, X-Request-Id",
    "access-control-max-age": "86400",
  };
  return new Response(null, { status: 204, headers });
}
