import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { listenInTest } from "./loopback.ts";

export type FakeMod = {
  name: string;
  archive: Buffer;
  /** What the job shows one after the other before it is done; without it the mod is here. */
  job?: readonly object[];
  /** An archive that was taken over and has no hash. */
  isImported?: boolean;
  /** What a library keeps of a collection: nothing. */
  isCollection?: boolean;
  /** Asked for by this and not by its id. */
  source?: object;
};

/** How the archives are served; each function may change its answer and say true when it gave one of its own. */
export type ArchiveRule = (turn: { request: IncomingMessage; response: ServerResponse; count: number }) => boolean;

const TIME = "2026-11-20T15:30:00.000Z";
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** A library on loopback: it asks nobody, shows a job as it is told, and serves archives with ranges. */
export async function fakeLibrary(mods: Record<string, FakeMod>, rule: ArchiveRule = () => false) {
  const asked: string[] = [];
  const counts = new Map<string, number>();
  const server = createServer(async (request, response) => {
    const { method, url = "" } = request;
    const range = request.headers.range === undefined ? "" : ` ${request.headers.range}`;
    asked.push(`${method} ${url}${range}`);
    const [, , kind, named = "", ...rest] = url.split("/");
    const isSource = method === "POST" && kind === "jobs";
    const id = isSource ? await askedSource(request, mods) : named.replace("job_", "");
    const mod = mods[id];
    if (mod === undefined) return refuse(response, 404, "not_found");
    if (mod.isCollection === true) return refuse(response, 422, "unprocessable");
    if (isSource || rest.at(-1) === "fetch") return answerFetch(response, id, mod);
    if (kind === "jobs") return showJob(response, id, mod);
    if (rest.at(-1) !== "archive") return json(response, viewOf(id, mod));
    const count = (counts.get(id) ?? 0) + 1;
    counts.set(id, count);
    if (!rule({ request, response, count })) sendArchive(request, response, mod);
  });
  return { url: `http://127.0.0.1:${await listenInTest(server)}`, asked };
}

async function askedSource(request: IncomingMessage, mods: Record<string, FakeMod>): Promise<string> {
  const body = Buffer.concat(await Array.fromAsync(request)).toString();
  const found = Object.entries(mods).find(([, { source }]) => JSON.stringify({ source }) === body);
  return found?.[0] ?? body;
}

function answerFetch(response: ServerResponse, id: string, mod: FakeMod): void {
  if (mod.job === undefined) json(response, viewOf(id, mod));
  else json(response, jobOf(id, mod.job[0] ?? {}), 202);
}

function showJob(response: ServerResponse, id: string, { job = [] }: FakeMod): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  const last = { state: "done", finishedAt: TIME };
  const views = [...job, last].map((view) => JSON.stringify(jobOf(id.replace("job_", ""), view)));
  response.end(views.map((view) => `event: job\ndata: ${view}\n\n`).join(""));
}

function jobOf(id: string, view: object): object {
  const none = { stage: null, bytes: 0, total: null, place: null, startedAt: null, finishedAt: null };
  return { id: `job_${id}`, state: "queued", ...none, mod: id, version: "7", requestedAt: TIME, ...view };
}

function viewOf(id: string, { name, archive, isImported = false }: FakeMod): object {
  const about = { bytes: archive.length, sha256: sha256(archive), url: `/api/mods/${id}/versions/7/archive` };
  return {
    ...{ id, name, description: "", game: null, tags: [], latest: "7" },
    current: isImported ? null : { version: "7", archive: about },
    imported: isImported ? { url: `/api/mods/${id}/archive`, bytes: archive.length } : null,
  };
}

/** With ranges while If-Range names these bytes. */
export function sendArchive({ headers }: IncomingMessage, response: ServerResponse, { archive, isImported }: FakeMod) {
  const hash = sha256(archive);
  const etag = isImported ? '"imported-1"' : `"${hash}"`;
  const asked = headers["if-range"] === etag ? /^bytes=(\d+)-$/.exec(headers.range ?? "") : null;
  const start = Number(asked?.[1] ?? 0);
  if (start >= archive.length) return refuse(response, 416, "range_not_satisfiable");
  response.writeHead(asked === null ? 200 : 206, {
    etag,
    "content-length": archive.length - start,
    ...(isImported ? {} : { "repr-digest": `sha-256=:${Buffer.from(hash, "hex").toString("base64")}:` }),
    ...(asked === null ? {} : { "content-range": `bytes ${start}-${archive.length - 1}/${archive.length}` }),
  });
  response.end(archive.subarray(start));
}

export function refuse(response: ServerResponse, status: number, code: string): void {
  json(response, { code, status, title: code, detail: `Refused: ${code}`, errors: [] }, status);
}

function json(response: ServerResponse, value: object, status = 200): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}
