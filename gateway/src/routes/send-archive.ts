import { isAbsolute, relative } from "node:path";
import type { HeldArchive } from "../actions/held-archive.ts";
import type { Deps } from "../deps.ts";
import type { Mod } from "../domain/catalogue.ts";
import type { AppContext } from "./app-env.ts";
import { askedRange, type ByteRange } from "./byte-range.ts";
import { fileAnswer } from "./deliver-files.ts";
import { blobBody, bytesBody, type FileBody, fileBody } from "./file-body.ts";
import { checkConditions, rangeStillHolds, type Validators } from "./preconditions.ts";
import { problem } from "./problem.ts";

export type SendDeps = Pick<Deps, "blobs"> & {
  config: Pick<Deps["config"], "accelPrefix" | "blobsFolder">;
  counters: Pick<Deps["counters"], "sent">;
};

export type ArchiveAnswer = {
  mod: Pick<Mod, "id">;
  /** What `heldArchive` found: it is there. */
  held: HeldArchive;
  disposition: string;
  /** `version`: this address always means these bytes. `mod`: it may mean others tomorrow. */
  address: "version" | "mod";
  contentType?: string;
};

const CACHE = { version: "public, max-age=31536000, immutable", mod: "public, no-cache" } as const;

/**
 * Answers GET and HEAD with an archive: whole, in part, or not at all when the client has it (RFC 9110). The one function
 * behind every address of an archive, whether it is a version's or was taken over and nobody knows its hash yet.
 */
export async function sendArchive(c: AppContext, deps: SendDeps, answer: ArchiveAnswer): Promise<Response> {
  const source = toSource(deps, answer.held);
  const { bytes, validators } = source;
  const headers = archiveHeaders(answer, source);
  const header = (name: string) => c.req.header(name);
  const condition = checkConditions(header, validators);
  if (condition === "not_modified") return new Response(null, { status: 304, headers: cacheHeaders(headers) });
  if (condition === "failed") return preconditionFailed(c);

  const isRangeAsked = c.req.method === "GET" && rangeStillHolds(header, validators);
  const range = askedRange(isRangeAsked ? c.req.header("range") : undefined, bytes);
  if (range.kind === "unsatisfiable") return outsideFile(c, bytes);
  const part = range.kind === "part" ? range : null;
  // A resumed download is not a second one.
  if (c.req.method === "GET" && (part?.start ?? 0) === 0) deps.counters.sent(answer.mod.id);
  return accelerated(c, deps.config, { source, headers }) ?? ourselves(c, { source, headers, part });
}

/** Where the bytes are and what is known about them. */
type Source = {
  bytes: number;
  validators: Validators;
  /** SHA-256; null while nobody knows it. */
  sha256: string | null;
  /** Null in a store without files. */
  path: string | null;
  body: (range: ByteRange) => Promise<FileBody>;
};

function toSource({ blobs }: SendDeps, held: HeldArchive): Source {
  if (held.kind === "imported") {
    const { path, bytes, modifiedAt, tag } = held;
    const validators = { etag: `"${tag}"`, modifiedAt };
    return { bytes, validators, sha256: null, path, body: async (range) => fileBody(path, range) };
  }
  const { archive, publishedAt } = held.version;
  const { sha256, bytes } = archive;
  const path = blobs.path(sha256);
  const body = async (range: ByteRange): Promise<FileBody> => {
    const hot = await blobs.hot(sha256, bytes);
    if (hot !== null) return bytesBody(hot.subarray(range.start, range.end + 1));
    return path === null ? blobBody(blobs, sha256, range) : fileBody(path, range);
  };
  return { bytes, validators: { etag: `"${sha256}"`, modifiedAt: publishedAt }, sha256, path, body };
}

type Sending = { source: Source; headers: Headers };
type Ours = Sending & { part: ByteRange | null };

async function ourselves(c: AppContext, { source, headers, part }: Ours): Promise<Response> {
  const { bytes, body } = source;
  const range = part ?? { start: 0, end: bytes - 1 };
  headers.set("content-length", String(range.end - range.start + 1));
  if (part !== null) headers.set("content-range", `bytes ${range.start}-${range.end}/${bytes}`);
  return fileAnswer(c, await body(range), { status: part === null ? 200 : 206, headers });
}

/**
 * nginx takes over: it knows ranges itself, so the whole is announced. Null when there is no nginx, for files outside the
 * folder that it knows, and for conditions that it would measure by an entity tag of its own.
 */
function accelerated(c: AppContext, config: SendDeps["config"], { source, headers }: Sending): Response | null {
  if (config.accelPrefix === null || source.path === null || c.req.header("if-match") !== undefined) return null;
  const way = relative(config.blobsFolder, source.path);
  const steps = way.split(/[\\/]/);
  if (isAbsolute(way) || steps[0] === "..") return null;
  // It says so itself.
  headers.delete("accept-ranges");
  const inside = steps.map(encodeURIComponent).join("/");
  headers.set("x-accel-redirect", `${config.accelPrefix}${inside}`);
  return new Response(null, { headers });
}

function archiveHeaders({ disposition, address, contentType }: ArchiveAnswer, { validators, sha256 }: Source): Headers {
  const { etag, modifiedAt } = validators;
  return new Headers({
    "content-type": contentType ?? "application/zip",
    "content-disposition": disposition,
    "accept-ranges": "bytes",
    etag,
    ...(modifiedAt === null ? {} : { "last-modified": new Date(modifiedAt).toUTCString() }),
    "cache-control": CACHE[address],
    ...(sha256 === null ? {} : { "repr-digest": `sha-256=:${Buffer.from(sha256, "hex").toString("base64")}:` }),
  });
}

/** RFC 9110, section 15.4.5: what a 304 repeats of the headers that a 200 would have had. */
function cacheHeaders(headers: Headers): Headers {
  return new Headers([...headers].filter(([name]) => ["etag", "cache-control", "last-modified"].includes(name)));
}

function preconditionFailed(c: AppContext): Response {
  return problem(c, {
    code: "precondition_failed",
    status: 412,
    detail: "The archive is another one than you expected",
  });
}

function outsideFile(c: AppContext, bytes: number): Response {
  return problem(c, {
    code: "range_not_satisfiable",
    status: 416,
    detail: `The archive has ${bytes} bytes`,
    headers: { "content-range": `bytes */${bytes}` },
  });
}
