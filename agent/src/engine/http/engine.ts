import type { Engine } from "../engine.ts";
import type { HttpOptions } from "../options.ts";
import { fetchFile } from "./fetch-file.ts";

/** Fetches a file from its address and its mirrors over several connections, and compares it with the expected hash. */
export function createHttpEngine(options: HttpOptions): Engine {
  return {
    kind: "http",
    check: async () => ({ ok: true, version: "undici" }),
    async fetch(request) {
      const { source } = request;
      if (source.kind !== "http") {
        return { kind: "failed", failure: { code: "internal", detail: `HTTP cannot fetch ${source.kind}` } };
      }
      const { url, mirrors, sha256 } = source;
      const outcome = await fetchFile({ url, mirrors, sha256, fallbackName: "download" }, request, options);
      if (outcome.kind === "failed") options.log.warn({ url, failure: outcome.failure }, "A file could not be fetched");
      return outcome;
    },
  };
}
