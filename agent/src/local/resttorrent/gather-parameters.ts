import { type BodyBound, withBody } from "./read-body.ts";
import { type Parameters, RestError } from "./rest-torrent.ts";

/** Where parameters come from; of `request` only the body is read. */
export type Told = { query: URLSearchParams; request: Request; path: Readonly<Record<string, string>> };

/** Of which `upload_torrent` takes one. */
const TARGETS = ["file", "magnet", "url"];

/**
 * Collects what a request says: query, form, uploaded files, JSON body, path; a later one wins. Reads no more of the body than its
 * bound. Throws `RestError` where the body is too large or not what its type says; other types are left alone.
 */
export async function gatherParameters({ query, request, path }: Told, bound: BodyBound): Promise<Parameters> {
  const found = new Map<string, unknown>(query);
  const type = request.headers.get("content-type") ?? "";
  const read = READERS.get(type.split(";", 1)[0]?.trim().toLowerCase() ?? "");
  if (read !== undefined) {
    const told = await withBody(request, bound, (bytes) => (bytes.length === 0 ? [] : read(bytes, type)));
    for (const [name, value] of told) found.set(name, value);
  }
  for (const [name, value] of Object.entries(path)) found.set(name, value);
  return Object.fromEntries(found);
}

type Entries = Iterable<[string, unknown]>;

const READERS = new Map<string, (bytes: Uint8Array<ArrayBuffer>, type: string) => Promise<Entries> | Entries>([
  ["application/x-www-form-urlencoded", (bytes) => new URLSearchParams(new TextDecoder().decode(bytes))],
  ["multipart/form-data", readMultipart],
  ["application/json", readJson],
]);

async function readMultipart(bytes: Uint8Array<ArrayBuffer>, type: string): Promise<Entries> {
  const form = await new Response(bytes, { headers: { "content-type": type } }).formData().catch(() => null);
  if (form === null)
    throw new RestError("parameter.invalid", "The multipart form is broken: check its boundary and end");
  const texts: [string, unknown][] = [];
  const files: [string, unknown][] = [];
  for (const [name, value] of form) {
    if (typeof value === "string") texts.push([name, value]);
    else if (!isNoFile(value)) files.push([name, new Uint8Array(await value.arrayBuffer())]);
  }
  // Whatever its field is called, an uploaded file is meant to be the torrent where nothing else is.
  const hasTarget = [...texts, ...files].some(([name, value]) => TARGETS.includes(name) && value !== "");
  const meant = hasTarget ? [] : files.slice(-1).map(([, content]): [string, unknown] => ["file", content]);
  return [...texts, ...files, ...meant];
}

/** What browsers send for a file field in which nobody chose anything. */
const isNoFile = ({ size, name }: File): boolean => size === 0 && name === "";

function readJson(bytes: Uint8Array): Entries {
  const value = parseJson(bytes);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return Object.entries(value);
  throw new RestError("parameter.invalid", "The body has to be one JSON object, like {}");
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new RestError("parameter.invalid", "The body is not JSON: correct it, or send another content-type", cause);
  }
}
