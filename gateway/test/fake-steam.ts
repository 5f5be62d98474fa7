import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { parseArgs } from "node:util";
import { z } from "zod";
import { type FakePage, pageHtml } from "./fake-page.ts";
import { listen } from "./listen.ts";

/** Raw details of an item as Steam writes them; `removed` is result 9, `absent` is left out of answers. */
export type FakeItem = Record<string, unknown> | "removed" | "absent";
export type FakeApp = Record<string, unknown> | "empty_list";
export type FakeCollection = { items: readonly string[]; nested?: readonly string[] };

/** `hang` never answers, `down` drops the connection, `huge` never ends, `junk` is JSON of another shape. */
export type Behaviour =
  | "up"
  | "down"
  | "hang"
  | "429"
  | "500"
  | "503"
  | "html"
  | "truncated"
  | "huge"
  | "junk"
  | "null"
  | "plain_text"
  | "moved";

export type SteamCall = { path: string; ids: readonly string[] };

export type FakeSteam = AsyncDisposable & {
  url: string;
  items: Map<string, FakeItem>;
  apps: Map<number, FakeApp>;
  collections: Map<string, FakeCollection>;
  /** Items that are not here have a page with nothing on it. */
  pages: Map<string, FakePage>;
  /** Every call so far, the failed ones included. */
  calls: SteamCall[];
  /** From now on; `times` counts the calls until Steam is up again, `only` are paths that begin like this. */
  behave(behaviour: Behaviour, options?: { times?: number; retryAfter?: string; only?: string }): void;
};

type World = FakeContents & {
  calls: SteamCall[];
  behaviour: Behaviour;
  left: number;
  retryAfter: string | undefined;
  only: string;
};

type FakeContents = Pick<FakeSteam, "items" | "apps" | "collections" | "pages">;

const ITEMS = "/ISteamRemoteStorage/GetPublishedFileDetails/v1/";
const COLLECTIONS = "/ISteamRemoteStorage/GetCollectionDetails/v1/";
const STORE = "/api/appdetails";
/** Where Workshop pages are. */
export const PAGES = "/sharedfiles/filedetails/";

/** Details of an item that SteamCMD can fetch. */
export function anItem(id: string, details: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    publishedfileid: id,
    result: 1,
    creator: "76561197960265729",
    creator_app_id: 294100,
    consumer_app_id: 294100,
    filename: "",
    file_size: "4193021",
    file_url: "",
    hcontent_file: `77${id}`,
    preview_url: "https://images.example/ugc/1/",
    hcontent_preview: "1000000000000000001",
    title: `Mod ${id}`,
    description: "[h1]Example[/h1]\r\nWith [b]BBCode[/b].",
    time_created: 1_600_000_000,
    time_updated: 1_700_000_000,
    visibility: 0,
    banned: 0,
    ban_reason: "",
    subscriptions: 1200,
    views: 9000,
    tags: [{ tag: "Mod" }, { tag: "1.5" }],
    ...details,
  };
}

/** Details of an app as the store writes them. */
export function anApp(app: number, data: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    type: "game",
    name: `Game ${app}`,
    steam_appid: app,
    required_age: 0,
    detailed_description: "<h1>About</h1>",
    short_description: "A short text &amp; more",
    header_image: "https://images.example/header.jpg?t=1",
    pc_requirements: [],
    genres: [
      { id: "23", description: "Indie" },
      { id: "28", description: "Simulation" },
    ],
    ...data,
  };
}

/**
 * A Steam on a loopback port that speaks the wire of the Web API, the store and the Workshop, faults included. Maps that
 * are given are used as they are.
 */
export async function fakeSteam(options: Partial<FakeContents> & { port?: number } = {}): Promise<FakeSteam> {
  const { port = 0, items = new Map(), apps = new Map(), collections = new Map(), pages = new Map() } = options;
  const left = Number.POSITIVE_INFINITY;
  const world: World = {
    ...{ items, apps, collections, pages },
    ...{ calls: [], behaviour: "up", left, retryAfter: undefined, only: "/" },
  };
  const server = createServer((request, response) => {
    handle(world, request, response).catch(() => response.destroy());
  });
  const { url, close } = await listen(server, port);
  return {
    url,
    ...{ items, apps, collections, pages, calls: world.calls },
    behave(behaviour, { times = Number.POSITIVE_INFINITY, retryAfter, only = "/" } = {}) {
      Object.assign(world, { behaviour, left: times, retryAfter, only });
    },
    [Symbol.asyncDispose]: close,
  };
}

async function handle(world: World, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://steam");
  const form = new URLSearchParams(await bodyText(request));
  const ids = idsOf(request.method === "GET" ? url.searchParams : form);
  world.calls.push({ path: url.pathname, ids });
  const behaviour = nextBehaviour(world, url.pathname);
  if (behaviour !== "up") return misbehave(behaviour, response, world.retryAfter);
  const [id] = ids;
  if (request.method === "GET" && url.pathname === PAGES && id !== undefined) {
    return send(response, 200, "text/html; charset=UTF-8", pageHtml(id, pageOf(world, id)));
  }
  const json = answerTo(world, url, { request, form, ids });
  if (json === null) return send(response, 400, "text/html; charset=UTF-8", "<html><body>Bad Request</body></html>");
  send(response, 200, "application/json; charset=UTF-8", JSON.stringify(json));
}

function nextBehaviour(world: World, path: string): Behaviour {
  if (!path.startsWith(world.only)) return "up";
  world.left -= 1;
  return world.left >= 0 ? world.behaviour : "up";
}

type Asked = { request: IncomingMessage; form: URLSearchParams; ids: readonly string[] };

/** Null is a question that the real one answers with 400. */
function answerTo(world: World, url: URL, { request, form, ids }: Asked): unknown {
  if (url.pathname === STORE) return request.method === "GET" && ids.length === 1 ? appOf(world, Number(ids[0])) : null;
  const isForm = request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded");
  if (request.method !== "POST" || !isForm) return null;
  if (url.pathname === ITEMS && Number(form.get("itemcount")) === ids.length && ids.length > 0) {
    const publishedfiledetails = ids.flatMap((id) => itemOf(world, id)).toReversed();
    return { response: { result: 1, resultcount: publishedfiledetails.length, publishedfiledetails } };
  }
  if (url.pathname === COLLECTIONS && Number(form.get("collectioncount")) === ids.length && ids.length > 0) {
    const collectiondetails = ids.map((id) => collectionOf(world, id));
    return { response: { result: 1, resultcount: ids.length, collectiondetails } };
  }
  return null;
}

function idsOf(params: URLSearchParams): string[] {
  const apps = params.get("appids") ?? params.get("id");
  if (apps !== null) return apps.split(",");
  return [...params].filter(([name]) => /^publishedfileids\[\d+\]$/.test(name)).map(([, id]) => id);
}

function itemOf({ items }: World, id: string): unknown[] {
  const item = items.get(id) ?? "removed";
  if (item === "absent") return [];
  return [item === "removed" ? { publishedfileid: id, result: 9 } : item];
}

function pageOf({ pages, items }: World, id: string): FakePage {
  const item = items.get(id) ?? "removed";
  return pages.get(id) ?? (typeof item === "string" ? "removed" : {});
}

function collectionOf({ collections }: World, id: string): unknown {
  const collection = collections.get(id);
  if (collection === undefined) return { publishedfileid: id, result: 9 };
  const { items, nested = [] } = collection;
  const children = [
    ...items.map((child, n) => ({ publishedfileid: child, sortorder: n + 1, filetype: 0 })),
    ...nested.map((child, n) => ({ publishedfileid: child, sortorder: items.length + n + 1, filetype: 2 })),
  ];
  return { publishedfileid: id, result: 1, children };
}

function appOf({ apps }: World, app: number): unknown {
  const data = apps.get(app);
  if (data === undefined) return { [app]: { success: false } };
  return { [app]: { success: true, data: data === "empty_list" ? [] : data } };
}

const JSON_TYPE = "application/json; charset=UTF-8";
const CHUNK = "x".repeat(64 * 1024);

function misbehave(behaviour: Exclude<Behaviour, "up">, response: ServerResponse, retryAfter?: string): void {
  if (retryAfter !== undefined) response.setHeader("retry-after", retryAfter);
  if (behaviour === "down") response.destroy();
  else if (behaviour === "429") send(response, 429, "text/html", "<html><body>Too Many Requests</body></html>");
  else if (behaviour === "500") send(response, 500, "text/html", "<html><body>Internal Server Error</body></html>");
  else if (behaviour === "503") send(response, 503, "text/html", "<html><body>Service Unavailable</body></html>");
  else if (behaviour === "html") send(response, 200, "text/html", "<!DOCTYPE html><title>Sorry</title>");
  else if (behaviour === "junk") send(response, 200, JSON_TYPE, '{"response":{}}');
  else if (behaviour === "null") send(response, 200, JSON_TYPE, "null");
  else if (behaviour === "plain_text") send(response, 200, "text/plain", '{"response":{"publishedfiledetails":[]}}');
  else if (behaviour === "truncated") truncate(response);
  else if (behaviour === "huge") pour(response);
  else if (behaviour === "moved") response.writeHead(302, { location: "https://elsewhere.example/" }).end();
  // `hang` says nothing at all.
}

function truncate(response: ServerResponse): void {
  send(response, 200, JSON_TYPE, '{"response":{"result":1,"publishedfiledetails":[{"publishedfileid":"9');
}

function pour(response: ServerResponse): void {
  const more = (): void => {
    while (!response.destroyed && response.write(CHUNK));
  };
  response
    .writeHead(200, { "content-type": JSON_TYPE })
    .on("drain", more)
    .on("error", () => response.destroy());
  more();
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { "content-type": type }).end(body);
}

async function bodyText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const Contents = z.object({
  items: z.record(z.string(), z.union([z.record(z.string(), z.unknown()), z.enum(["removed", "absent"])])).default({}),
  apps: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  collections: z
    .record(z.string(), z.object({ items: z.array(z.string()), nested: z.array(z.string()).default([]) }))
    .default({}),
  pages: z
    .record(
      z.string(),
      z.object({ dependencies: z.array(z.string()).default([]), screenshots: z.array(z.string()).default([]) }),
    )
    .default({}),
});

/** `node gateway/test/fake-steam.ts [--port N] [--items FILE]`: the same for a process of its own. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { port: { type: "string" }, items: { type: "string" } } });
  const contents = Contents.parse(values.items === undefined ? {} : JSON.parse(readFileSync(values.items, "utf8")));
  const steam = await fakeSteam({ port: Number(values.port ?? 0) });
  for (const [id, item] of Object.entries(contents.items)) {
    steam.items.set(id, typeof item === "string" ? item : anItem(id, item));
  }
  for (const [app, data] of Object.entries(contents.apps)) steam.apps.set(Number(app), anApp(Number(app), data));
  for (const [id, collection] of Object.entries(contents.collections)) steam.collections.set(id, collection);
  for (const [id, page] of Object.entries(contents.pages)) steam.pages.set(id, page);
  process.stdout.write(`fake steam listening on ${steam.url}\n`);
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => void steam[Symbol.asyncDispose]());
}

if (import.meta.main) await main();
