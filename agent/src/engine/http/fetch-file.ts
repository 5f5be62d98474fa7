import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { FailureReport, Fetched } from "@modfleet/protocol";
import type { FetchOutcome, FetchRequest } from "../engine.ts";
import { failureOf } from "../failure-of.ts";
import type { HttpOptions } from "../options.ts";
import { downloadFile } from "./download-file.ts";

export type RemoteAddress = {
  url: string;
  mirrors?: readonly string[] | undefined;
  sha256?: string | undefined;
  /** Its name where neither the server nor the address has one. */
  fallbackName: string;
};

export type FetchFileOptions = Omit<HttpOptions, "log">;

/**
 * Downloads one file for a job into `<folder>/content/`, alone; a later call with the same folder goes on where this one stopped.
 * The file is read right away, so nothing waits for the disk.
 */
export async function fetchFile(
  address: RemoteAddress,
  { source, folder, maxBytes, expectedBytes, onProgress, signal }: FetchRequest,
  { allowPrivate, limits, connections, blockBytes }: FetchFileOptions,
): Promise<FetchOutcome> {
  const root = join(folder, "content");
  const partFolder = join(folder, "partial");
  try {
    await rm(root, { recursive: true, force: true });
    const outcome = await downloadFile(
      {
        ...{ ...address, folder: root, partFolder, maxBytes, connections, blockBytes, signal, durable: false },
        onProgress: ({ bytes, total }) => onProgress({ bytes, total: total ?? expectedBytes }),
      },
      { allowPrivate, limits },
    );
    if (outcome.kind !== "downloaded") return outcome;
    if (outcome.bytes === 0) return failed({ code: "empty_result", detail: `${address.url} is empty` });
    // Steam has version keys and names of its own, which these must not be taken for.
    const told = source.kind === "http" ? { manifest: versionOf(outcome.etag), ...nameOf(outcome, address) } : null;
    return { kind: "fetched", root, fetched: { tool: "http", manifest: null, ...told } };
  } catch (error) {
    return failed(failureOf(error));
  }
}

const VERSION_LENGTH_MAX = 64;

/** An ETag names the version of a file, unless it is too long to be handed on. */
const versionOf = (etag: string | null): string | null =>
  etag !== null && etag.length <= VERSION_LENGTH_MAX ? etag : null;

/** Nothing where nobody gave it a name. */
const nameOf = ({ name }: { name: string }, { fallbackName }: RemoteAddress): Pick<Fetched, "name"> =>
  name === fallbackName ? {} : { name };

const failed = (failure: FailureReport): FetchOutcome => ({ kind: "failed", failure });
