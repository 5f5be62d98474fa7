import { relative } from "node:path";
import { isDamaged } from "../actions/is-damaged.ts";
import type { Deps } from "../deps.ts";
import type { Mod, Version } from "../domain/catalogue.ts";
import { AppError } from "../domain/errors.ts";
import type { AppContext } from "./app-env.ts";
import { askedRange, type ByteRange } from "./byte-range.ts";
import { fileAnswer } from "./deliver-files.ts";
import { blobBody, fileBody } from "./file-body.ts";
import { checkConditions, rangeStillHolds, type Validators } from "./preconditions.ts";
import { problem } from "./problem.ts";

export type SendDeps = Pick<Deps, "blobs"> & {
  config: Pick<Deps["config"], "accelPrefix" | "blobsFolder">;
  counters: Pick<Deps["counters"], "sent">;
};

export type ArchiveAnswer = {
  mod: Pick<Mod, "id">;
  version: Version;
  disposition: string;
  /** `version`: this address always means these bytes. `mod`: it may mean others tomorrow. */
  address: "version" | "mod";
  contentType?: string;
};

const CACHE = { version: "public, max-age=31536000, immutable", mod: "public, no-cache" } as const;

/**
 * Answers GET and HEAD with a version's archive: whole, in part, or not at all when the client has it (RFC 9110). The one
 * function behind every address of an archive. Throws `not_found` when the bytes are gone.
 */
export async function sendArchive(c: AppContext, deps: SendDeps, answer: ArchiveAnswer): Promise<Response> {
  const { archive } = answer.version;
  if (await isDamaged(deps, answer.version))
    throw new AppError("not_found", "The archive is damaged", { detail: { sha256: archive.sha256 } });

  const validators = { etag: `"${archive.sha256}"`, modifiedAt: answer.version.publishedAt };
  const headers = archiveHeaders(answer, validators);
  const header = (name: string) => c.req.header(name);
  const condition = checkConditions(header, validators);
  if (condition === "not_modified") return new Response(null, { status: 304, headers: cacheHeaders(headers) });
  if (condition === "failed") return preconditionFailed(c);

  const isRangeAsked = c.req.method === "GET" && rangeStillHolds(header, validators);
  const range = askedRange(isRangeAsked ? c.req.header("range") : undefined, archive.bytes);
  if (range.kind === "unsatisfiable") return outsideFile(c, archive.bytes);
  const part = range.kind === "part" ? range : null;
  // A resumed download is not a second one.
  if (c.req.method === "GET" && (part?.start ?? 0) === 0) deps.counters.sent(answer.mod.id);
  return accelerated(c, deps, { answer, headers }) ?? ourselves(c, deps, { answer, headers, part });
}

type Sending = { answer: ArchiveAnswer; headers: Headers };
type Ours = Sending & { part: ByteRange | null };

function ourselves(c: AppContext, { blobs }: SendDeps, { answer, headers, part }: Ours): Response {
  const { sha256, bytes } = answer.version.archive;
  const range = part ?? { start: 0, end: bytes - 1 };
  headers.set("content-length", String(range.end - range.start + 1));
  if (part !== null) headers.set("content-range", `bytes ${range.start}-${range.end}/${bytes}`);
  const path = blobs.path(sha256);
  const file = path === null ? blobBody(blobs, sha256, range) : fileBody(path, range);
  return fileAnswer(c, file, { status: part === null ? 200 : 206, headers });
}

/**
 * nginx takes over: it knows ranges itself, so the whole is announced. Null when there is no nginx, and for conditions that
 * it would measure by an entity tag of its own.
 */
function accelerated(c: AppContext, { blobs, config }: SendDeps, { answer, headers }: Sending): Response | null {
  if (config.accelPrefix === null || c.req.header("if-match") !== undefined) return null;
  const path = blobs.path(answer.version.archive.sha256);
  if (path === null) return null;
  // It says so itself.
  headers.delete("accept-ranges");
  const inside = relative(config.blobsFolder, path).split(/[\\/]/).map(encodeURIComponent).join("/");
  headers.set("x-accel-redirect", `${config.accelPrefix}${inside}`);
  return new Response(null, { headers });
}

function archiveHeaders(
  { version, disposition, address, contentType }: ArchiveAnswer,
  { etag, modifiedAt }: Validators,
) {
  const digest = Buffer.from(version.archive.sha256, "hex").toString("base64");
  return new Headers({
    "content-type": contentType ?? "application/zip",
    "content-disposition": disposition,
    "accept-ranges": "bytes",
    etag,
    ...(modifiedAt === null ? {} : { "last-modified": new Date(modifiedAt).toUTCString() }),
    "cache-control": CACHE[address],
    "repr-digest": `sha-256=:${digest}:`,
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
