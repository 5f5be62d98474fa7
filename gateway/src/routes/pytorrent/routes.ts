import type { Next } from "hono";
import type { Api } from "../api.ts";
import type { AppContext } from "../app-env.ts";
import { registerPytorrent } from "./contract.ts";
import { type Asked, countAsked, createDoor, type PathTable } from "./door.ts";
import { type DownloadDeps, download } from "./download.ts";
import { downloadSteam, type SteamDownloadDeps } from "./download-steam.ts";
import { readerPaths } from "./readers.ts";
import { CORS } from "./reply.ts";
import { statisticsPaths } from "./statistics.ts";

type PytorrentDeps = DownloadDeps &
  SteamDownloadDeps &
  Parameters<typeof statisticsPaths>[0] &
  Parameters<typeof readerPaths>[0];

/** Pages of ours at addresses that PyTorrent had too. */
const ELSEWHERE = ["/docs", "/redoc", "/openapi.json"];

/** PyTorrent's current interface at the root, where it always was. */
export function pytorrent(api: Api, deps: PytorrentDeps): void {
  registerPytorrent(api);
  const door = createDoor({ prefix: "", table: pathTable(deps), elsewhere: ELSEWHERE, cors: CORS });
  api.use((c, next) => (c.req.path === "/" && wantsPage(c) ? frontPage(c, next, deps) : door(c, next)));
}

function pathTable(deps: PytorrentDeps): PathTable {
  return [
    { template: "/", handle: (asked) => toDocs(asked, deps) },
    { template: "/download/steam/{mod_id}", handle: ({ c, params: [id = ""] }) => downloadSteam(c, deps, id) },
    { template: "/download/{mod_id}", handle: ({ c, params: [id = ""] }) => download(c, deps, id) },
    ...readerPaths(deps),
    ...statisticsPaths(deps),
  ];
}

function toDocs(asked: Asked, { counters }: Pick<PytorrentDeps, "counters">): Response {
  countAsked(asked, counters, "/");
  return new Response(null, { status: 307, headers: { location: "/docs", vary: "Accept" } });
}

/** People with a browser see our front page where PyTorrent's root sent everybody to its documentation. */
async function frontPage(c: AppContext, next: Next, { counters }: Pick<PytorrentDeps, "counters">): Promise<void> {
  if (c.req.method === "GET") counters.count("/");
  await next();
  c.res.headers.append("vary", "Accept");
}

function wantsPage(c: AppContext): boolean {
  return c.req.header("accept")?.includes("text/html") ?? false;
}
