import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type DownloadOptions,
  type DownloadOutcome,
  type DownloadRequest,
  downloadFile,
} from "../src/engine/http/download-file.ts";
import { LONG, QUICK_LIMITS, type ServeOptions, serve, serving, tempFolder } from "./http-file-server.ts";

export type Changes = Partial<DownloadRequest> & Pick<DownloadOptions, "limits" | "disk" | "throttle" | "seats">;

/** Downloads into a folder that goes away with the test. */
export async function download(url: string, { limits, disk, throttle, seats, ...changes }: Changes = {}) {
  const folder = changes.folder ?? (await tempFolder());
  const request: DownloadRequest = {
    ...{ url, folder, partFolder: join(folder, "part"), fallbackName: "file.bin", maxBytes: 10_000_000 },
    ...{ connections: 4, onProgress: () => undefined, signal: new AbortController().signal },
    ...changes,
  };
  const small = { splitBytesMin: 64 * 1024 };
  const outcome = await downloadFile(request, {
    ...{ allowPrivate: true, disk, throttle, seats },
    limits: { ...QUICK_LIMITS, ...small, ...limits },
  });
  return { folder, outcome };
}

/** The file that came, as text. */
export async function textOf(outcome: DownloadOutcome): Promise<string> {
  if (outcome.kind !== "downloaded") throw new Error(JSON.stringify(outcome));
  return await readFile(outcome.path, "latin1");
}

/** Why nothing came. */
export const codeOf = (outcome: DownloadOutcome): string =>
  outcome.kind === "failed" ? outcome.failure.code : outcome.kind;

/** Serves LONG; one after another, the answers get what `instead` says. */
export const servingLong = (options: ServeOptions = {}) => serving(serve(LONG, options));
