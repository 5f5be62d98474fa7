import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { OpenUpload, PART_HASH_HEADER, partCount, partRange, UploadId, type UploadPlan } from "@modfleet/protocol";
import { endServer, listenOnLoopback } from "./loopback.ts";
import { sha256 } from "./read-zip.ts";

export type Asked = {
  door: "open" | "part" | "complete";
  n: number;
  authorization: string | undefined;
  /** Null when the sender does not say, as with chunked bodies: a bucket refuses those. */
  contentLength: number | null;
};

/** What goes wrong with one request: an answer, a cut after some bytes of the body, a body that arrives damaged, or silence. */
export type Fault =
  | { answer: number; body?: string }
  | { cutAfter: number }
  /** Stored, but the connection dies before the acknowledgement. */
  | { cutAfterStoring: true }
  | { damage: true }
  | { silence: true };

export type FakeUploadServer = AsyncDisposable & {
  url: string;
  asked: Asked[];
  /** Body bytes of all parts that arrived, wasted ones included. */
  receivedBytes: () => number;
  /** Most parts that were under way at once. */
  atOnceMax: () => number;
  content: () => Buffer;
  isComplete: () => boolean;
  /** Forgets the acknowledged parts, as a gateway that lost its disk would. */
  forget: () => void;
};

type Options = {
  partBytes: number;
  token?: string;
  fault?: (asked: Asked) => Fault | null;
  /** Changes the plan before it is told. */
  plan?: (plan: UploadPlan) => unknown;
};

const UPLOAD = UploadId.parse("upl_00000000000000000000");

/** A gateway's upload doors on loopback, over real HTTP, with its disk in memory and faults on request. */
export async function fakeUploadServer(options: Options): Promise<FakeUploadServer> {
  const { partBytes, token = "token", fault = () => null, plan: change = (plan) => plan } = options;
  const asked: Asked[] = [];
  const stored = new Map<number, Buffer>();
  let upload: OpenUpload | null = null;
  let isComplete = false;
  let received = 0;
  let atOnce = 0;
  let atOnceMax = 0;

  const plan = (bytes: number): unknown =>
    change({
      upload: UPLOAD,
      complete: isComplete,
      partBytes,
      parts: Array.from({ length: isComplete ? 0 : partCount(bytes, partBytes) }, (_, i) => ({
        n: i + 1,
        url: `/agent/v1/uploads/${UPLOAD}/parts/${i + 1}`,
        done: stored.has(i + 1),
      })),
    });

  const receive = async (request: IncomingMessage, cutAfter: number): Promise<Buffer> => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of request) {
      received += chunk.length;
      bytes += chunk.length;
      if (bytes > cutAfter) request.socket.destroy();
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  };

  const storePart = async (request: IncomingMessage, n: number, wrong: Fault | null): Promise<number> => {
    const body = await receive(
      request,
      wrong !== null && "cutAfter" in wrong ? wrong.cutAfter : Number.POSITIVE_INFINITY,
    );
    if (wrong !== null && "damage" in wrong) body[0] = (body[0] ?? 0) ^ 1;
    const range = partRange(n, upload?.bytes ?? 0, partBytes);
    if (range === null || body.length !== range.bytes) return 400;
    if (sha256(body) !== request.headers[PART_HASH_HEADER]) return 422;
    stored.set(n, body);
    return 204;
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { authorization, "content-length": length } = request.headers;
    const one = { ...whatIsAsked(request), authorization, contentLength: length === undefined ? null : Number(length) };
    asked.push(one);
    const wrong = fault(one);
    if (wrong !== null && "silence" in wrong) return;
    if (wrong !== null && "answer" in wrong) {
      request.resume();
      response.writeHead(wrong.answer).end(wrong.body);
      return;
    }
    if (one.authorization !== `Bearer ${token}`) return void response.writeHead(401).end();
    if (one.door === "part") {
      const status = await storePart(request, one.n, wrong);
      if (wrong !== null && "cutAfterStoring" in wrong) return void request.socket.destroy();
      return void response.writeHead(status).end();
    }
    if (one.door === "open") upload = OpenUpload.parse(JSON.parse((await receive(request, 1e6)).toString()));
    const all = partCount(upload?.bytes ?? 0, partBytes);
    if (one.door === "complete" && stored.size < all) return void response.writeHead(409).end();
    if (one.door === "complete") isComplete = true;
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(plan(upload?.bytes ?? 0)));
  };

  const server = createServer((request, response) => {
    const isPart = request.method === "PUT";
    if (isPart) atOnceMax = Math.max(atOnceMax, ++atOnce);
    response.on("close", () => {
      if (isPart) atOnce -= 1;
    });
    handle(request, response).catch(() => request.socket.destroy());
  });
  return {
    url: `http://127.0.0.1:${await listenOnLoopback(server)}`,
    asked,
    receivedBytes: () => received,
    atOnceMax: () => atOnceMax,
    content: () => Buffer.concat([...stored].sort(([a], [b]) => a - b).map(([, body]) => body)),
    isComplete: () => isComplete,
    forget: () => stored.clear(),
    [Symbol.asyncDispose]: () => endServer(server),
  };
}

function whatIsAsked({ method, url = "" }: IncomingMessage): Pick<Asked, "door" | "n"> {
  const n = Number(/\/parts\/(\d+)$/.exec(url)?.[1] ?? 0);
  if (method === "PUT") return { door: "part", n };
  return { door: url.endsWith("/complete") ? "complete" : "open", n };
}
