import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { cors } from "hono/cors";
import { methodNotAllowed } from "hono/method-not-allowed";
import type { Deps } from "./deps.ts";
import { AppError } from "./domain/errors.ts";
import { enrol } from "./routes/agent/enrol.ts";
import { uploadRoutes } from "./routes/agent/uploads.ts";
import { archive } from "./routes/api/archive.ts";
import { createJob } from "./routes/api/create-job.ts";
import { entries } from "./routes/api/entries.ts";
import { entryFile } from "./routes/api/entry-file.ts";
import { events } from "./routes/api/events.ts";
import { fetchMod } from "./routes/api/fetch-mod.ts";
import { fleet } from "./routes/api/fleet.ts";
import { getMod } from "./routes/api/get-mod.ts";
import { health } from "./routes/api/health.ts";
import { jobEvents } from "./routes/api/job-events.ts";
import { jobs } from "./routes/api/jobs.ts";
import { listMods } from "./routes/api/list-mods.ts";
import { torrent } from "./routes/api/torrent.ts";
import { versions } from "./routes/api/versions.ts";
import { type Api, createApi } from "./routes/api.ts";
import type { AppContext, AppEnv } from "./routes/app-env.ts";
import { deliverFiles } from "./routes/deliver-files.ts";
import { onError } from "./routes/on-error.ts";
import { openApi } from "./routes/openapi.ts";
import { problem } from "./routes/problem.ts";
import { ANSWERS } from "./routes/pytorrent/answers.ts";
import { CORS, reply } from "./routes/pytorrent/reply.ts";
import { pytorrent } from "./routes/pytorrent/routes.ts";
import { pytorrentV1 } from "./routes/pytorrent-v1/routes.ts";
import { requestContext } from "./routes/request-context.ts";
import { securityHeaders } from "./routes/security-headers.ts";
import { site } from "./routes/site/site.ts";

const BODY_BYTES_MAX = 64 * 1024;
/** Below these an unknown path is told in our own form, everywhere else in PyTorrent's, whose root this is. */
const OURS = /^\/(api|agent)(\/|$)/;
const OPEN_TO_ALL = ["/api/*", "/healthz", "/readyz"];

/** The whole HTTP side: every door, and the rules that hold behind each of them. */
export function createApp(deps: Deps): Api {
  const api = createApi();
  api.onError(onError);
  api.notFound(notFound);
  rules(api, deps);
  enrol(api, deps);
  uploadRoutes(api, deps);
  library(api, deps);
  health(api, deps);
  site(api, deps);
  openApi(api);
  return api;
}

function notFound(c: AppContext): Response {
  if (!OURS.test(c.req.path)) return reply(404, ANSWERS.unknownPath, CORS);
  return problem(c, { code: "not_found", status: 404, detail: `Nothing is at ${c.req.path}` });
}

/** What every request goes through, the outermost first. PyTorrent's doors come early: their paths obey its rules alone. */
function rules(api: Api, deps: Deps): void {
  api.use(deliverFiles);
  api.use(requestContext(deps));
  api.use(securityHeaders);
  pytorrentV1(api, deps);
  pytorrent(api, deps);
  for (const path of OPEN_TO_ALL) {
    api.use(
      path,
      cors({
        origin: "*",
        allowMethods: ["GET", "HEAD", "POST", "DELETE"],
        exposeHeaders: ["*", "ETag", "Content-Range", "Content-Disposition", "Location", "Repr-Digest", "Retry-After"],
        maxAge: 86_400,
      }),
    );
  }
  api.use(
    methodNotAllowed({
      app: api,
      onMethodNotAllowed: (c, methods) => {
        const allow = methods.join(", ");
        return problem(c, { code: "method_not_allowed", status: 405, detail: `Use ${allow}`, headers: { allow } });
      },
    }),
  );
  api.use(smallBodies);
}

const limited = bodyLimit({
  maxSize: BODY_BYTES_MAX,
  onError: () => {
    throw new AppError("body_too_large", `The body may have at most ${BODY_BYTES_MAX} bytes`);
  },
});

/** Parts of uploads come by PUT; they are large and bounded by their own route. */
const UNLIMITED = ["GET", "HEAD", "PUT"];

const smallBodies: MiddlewareHandler<AppEnv> = (c, next) => {
  if (UNLIMITED.includes(c.req.method)) return next();
  // Hono copies a request of unknown length. On Node ours is a stand-in that cannot be copied, its clone is a real one.
  if (c.req.header("content-length") === undefined) c.req.raw = c.req.raw.clone();
  return limited(c, next);
};

function library(api: Api, deps: Deps): void {
  listMods(api, deps);
  getMod(api, deps);
  versions(api, deps);
  entries(api, deps);
  entryFile(api, deps);
  archive(api, deps);
  torrent(api, deps);
  fetchMod(api, deps);
  createJob(api, deps);
  jobs(api, deps);
  jobEvents(api, deps);
  fleet(api, deps);
  events(api, deps);
}
