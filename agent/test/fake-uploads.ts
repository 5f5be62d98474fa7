import { createHash, randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { newId, OpenUpload, PART_HASH_HEADER, partCount, type UploadPlan } from "@modfleet/protocol";

type Stored = { bytes: number; sha256: string; parts: Map<number, Buffer>; complete: boolean };

export type FakeUploads = {
  /** By upload id. */
  readonly stored: ReadonlyMap<string, Stored>;
  /** Tokens that opened an upload, in order. */
  readonly tokens: string[];
  /** How often each part arrived, as `upload/part`. */
  readonly arrivals: string[];
  /** Parts after this many are answered only once it is raised. */
  partsMax: number;
  /** Answers 410 to everything: the job was taken away. */
  gone: boolean;
  handle(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
};

type Route = { upload: string; part: number | null; verb: string | null };

/** The gateway's side of the part plan in memory. */
export function fakeUploads(partBytes: number): FakeUploads {
  const stored = new Map<string, Stored>();
  const uploads: FakeUploads = { stored, tokens: [], arrivals: [], partsMax: Infinity, gone: false, handle };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const path = new URL(request.url ?? "/", "http://gateway").pathname;
    if (!path.startsWith("/agent/v1/uploads")) return false;
    const body = await buffer(request);
    if (uploads.gone) return answer(response, 410, { title: "The job was taken away" });
    if (path === "/agent/v1/uploads") return answer(response, 200, open(request, body));
    const route = routeOf(path);
    const upload = stored.get(route.upload);
    if (upload === undefined) return answer(response, 404, {});
    if (route.part !== null) return putPart({ request, response, body, route, upload });
    if (route.verb === "complete") upload.complete = isWhole(upload);
    return answer(response, 200, planOf(route.upload, upload));
  }

  function open(request: IncomingMessage, body: Buffer): UploadPlan {
    const { bytes, sha256 } = OpenUpload.parse(JSON.parse(String(body)));
    uploads.tokens.push((request.headers.authorization ?? "").replace(/^Bearer /, ""));
    const known = [...stored].find(([, upload]) => upload.sha256 === sha256);
    const id = known?.[0] ?? newId("upl", randomBytes);
    const upload = known?.[1] ?? { bytes, sha256, parts: new Map(), complete: false };
    stored.set(id, upload);
    return planOf(id, upload);
  }

  type Put = { request: IncomingMessage; response: ServerResponse; body: Buffer; route: Route; upload: Stored };

  function putPart({ request, response, body, route, upload }: Put): boolean {
    uploads.arrivals.push(`${route.upload}/${route.part}`);
    if (uploads.arrivals.length > uploads.partsMax) return true;
    if (createHash("sha256").update(body).digest("hex") !== request.headers[PART_HASH_HEADER]) {
      return answer(response, 422, { title: "The part's hash differs" });
    }
    upload.parts.set(route.part ?? 0, body);
    response.writeHead(204).end();
    return true;
  }

  function planOf(id: string, { bytes, parts, complete }: Stored): UploadPlan {
    const numbers = Array.from({ length: partCount(bytes, partBytes) }, (_, index) => index + 1);
    const rows = numbers.map((n) => ({ n, url: `/agent/v1/uploads/${id}/parts/${n}`, done: parts.has(n) }));
    return { upload: id, complete, partBytes, parts: complete ? [] : rows };
  }

  return uploads;
}

function routeOf(path: string): Route {
  const [, , , , upload = "", kind, part] = path.split("/");
  return { upload, part: kind === "parts" ? Number(part) : null, verb: kind ?? null };
}

/** What was put together of the parts is what was promised. */
function isWhole({ parts, sha256 }: Stored): boolean {
  const content = Buffer.concat([...parts].toSorted(([a], [b]) => a - b).map(([, part]) => part));
  return createHash("sha256").update(content).digest("hex") === sha256;
}

function answer(response: ServerResponse, status: number, value: unknown): boolean {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
  return true;
}
