import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { FailureReport, Sha256 } from "@modfleet/protocol";
import type { Engine, FetchOutcome } from "../engine.ts";
import { failureOf } from "../failure-of.ts";
import type { HttpOptions } from "../options.ts";
import { fetchFile } from "./fetch-file.ts";

/** Fetches a file from its address, or from the next mirror where one fails, and compares it with the expected hash. */
export function createHttpEngine(options: HttpOptions): Engine {
  return {
    kind: "http",
    check: async () => ({ ok: true, version: "undici" }),
    async fetch(request) {
      const { source, signal } = request;
      if (source.kind !== "http") return failed({ code: "internal", detail: `HTTP cannot fetch ${source.kind}` });
      let outcome = failed({ code: "source_unreachable", detail: "No address" });
      for (const url of [source.url, ...(source.mirrors ?? [])]) {
        outcome = await fetchFile({ url, fallbackName: "download" }, request, options);
        if (outcome.kind === "fetched" && source.sha256 !== undefined) {
          outcome = await compare(outcome, source.sha256, signal);
        }
        if (outcome.kind !== "failed" || !isWorthAMirror(outcome.failure)) return outcome;
        options.log.warn({ url, failure: outcome.failure }, "An address failed");
      }
      return outcome;
    },
  };
}

const failed = (failure: FailureReport): FetchOutcome => ({ kind: "failed", failure });

const isWorthAMirror = ({ code }: FailureReport): boolean => code.startsWith("source_") || code === "hash_mismatch";

async function compare(
  outcome: Extract<FetchOutcome, { kind: "fetched" }>,
  sha256: Sha256,
  signal: AbortSignal,
): Promise<FetchOutcome> {
  try {
    const [name] = await readdir(outcome.root);
    const hash = createHash("sha256");
    await pipeline(createReadStream(join(outcome.root, name ?? "")), hash, { signal });
    const found = hash.digest("hex");
    if (found === sha256) return outcome;
    await rm(outcome.root, { recursive: true, force: true });
    return failed({ code: "hash_mismatch", detail: `Expected ${sha256}, got ${found}` });
  } catch (error) {
    return signal.aborted ? { kind: "cancelled" } : failed(failureOf(error));
  }
}
