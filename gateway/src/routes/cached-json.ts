import { createHash } from "node:crypto";
import type { AppContext } from "./app-env.ts";
import { checkConditions } from "./preconditions.ts";

export type Caching = {
  /** How long caches may answer without asking again; 0 asks every time, which a 304 makes cheap. */
  maxAgeSeconds: number;
};

/** A read as JSON with its entity tag, or a 304 for whoever has it already. */
export function cachedJson(c: AppContext, view: object, { maxAgeSeconds }: Caching): Response {
  return cachedText(c, { text: JSON.stringify(view), type: "application/json", maxAgeSeconds });
}

export type CachedText = Caching & { text: string; type: string };

/** The same for any text. */
export function cachedText(c: AppContext, { text, type, maxAgeSeconds }: CachedText): Response {
  const etag = `"${createHash("sha1").update(text).digest("base64url")}"`;
  const cacheControl = maxAgeSeconds === 0 ? "public, no-cache" : `public, max-age=${maxAgeSeconds}`;
  const headers = { etag, "cache-control": cacheControl };
  const condition = checkConditions((name) => c.req.header(name), { etag, modifiedAt: null });
  if (condition === "not_modified") return new Response(null, { status: 304, headers });
  return new Response(text, { headers: { "content-type": type, ...headers } });
}
