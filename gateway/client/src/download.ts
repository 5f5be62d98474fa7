import type { Api } from "./api.ts";
import { answered, errorOf, ModfleetError } from "./error.ts";

export type DownloadOptions = {
  signal?: AbortSignal;
  /** A version's key; without it the version that is served now. */
  version?: string;
  /** What is here already: the rest follows while the archive still has this entity tag, otherwise all of it. */
  resume?: { bytes: number; etag: string };
};

/** An archive on its way. */
export type Download = {
  /** Where in the archive the body begins: 0, or the `bytes` to resume from. */
  start: number;
  /** Size of the whole archive; null where a proxy hides it. */
  total: number | null;
  /** Names these bytes, for `resume`; null where the gateway gave no strong one. */
  etag: string | null;
  /** SHA-256 of the whole archive in hex; null while the gateway does not know it, or where a proxy hides it. */
  sha256: string | null;
  body: ReadableStream<Uint8Array>;
};

/** Opens the archive of a mod. The body is the caller's to read or to cancel; nothing checks its hash. */
export async function openDownload(api: Api, id: string, options: DownloadOptions = {}): Promise<Download> {
  const { response, data, error } = await answered(ask(api, id, options));
  if (!response.ok) throw errorOf(response, error);
  if (!data)
    throw new ModfleetError("unexpected_answer", "The archive came without a body", { status: response.status });
  const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(response.headers.get("content-range") ?? "");
  const isPart = response.status === 206 && range !== null;
  return {
    start: isPart ? Number(range[1]) : 0,
    total: isPart ? Number(range[2]) : numberIn(response.headers.get("content-length")),
    etag: strongTag(response.headers.get("etag")),
    sha256: digestIn(response.headers.get("repr-digest")),
    body: data,
  };
}

function ask(api: Api, id: string, { signal, version, resume }: DownloadOptions) {
  const headers =
    resume === undefined || resume.bytes === 0 ? {} : { range: `bytes=${resume.bytes}-`, "if-range": resume.etag };
  const init = { headers, parseAs: "stream", ...(signal === undefined ? {} : { signal }) } as const;
  return version === undefined
    ? api.GET("/api/mods/{id}/archive", { ...init, params: { path: { id } } })
    : api.GET("/api/mods/{id}/versions/{version}/archive", { ...init, params: { path: { id, version } } });
}

function numberIn(header: string | null): number | null {
  return header !== null && /^\d{1,15}$/.test(header) ? Number(header) : null;
}

/** A weak tag cannot say that the bytes are the same. */
function strongTag(header: string | null): string | null {
  return header?.startsWith('"') ? header : null;
}

/** RFC 9530: the digest in base64 between colons. */
function digestIn(header: string | null): string | null {
  const base64 = /sha-256=:([A-Za-z0-9+/]{43}=):/.exec(header ?? "")?.[1];
  if (base64 === undefined) return null;
  return [...atob(base64)].map((byte) => byte.charCodeAt(0).toString(16).padStart(2, "0")).join("");
}
