import type { FailureReport } from "@modfleet/protocol";
import { type DownloadOutcome, downloadFile } from "../../engine/http/download-file.ts";
import { isPrivateByName, nameIn } from "./address.ts";
import { sourceLine } from "./failure-line.ts";
import type { GetContext } from "./get-context.ts";
import type { Work } from "./job.ts";
import { type Failed, INTERRUPTED } from "./result.ts";
import type { Workplace } from "./workplace.ts";

/** A private place that was typed may lead to others; from a public one nothing leads there. */
export const isPrivateAllowed = (url: string, http: GetContext["http"]): boolean =>
  http.allowPrivate || isPrivateByName(url);

type Downloaded = Extract<DownloadOutcome, { kind: "downloaded" }>;
export type DownloadOrder = { url: string; workplace: Workplace; maxBytes: number };

/** Downloads into the workplace; what was there of the same file is gone on with. */
export async function download(
  { url, workplace, maxBytes }: DownloadOrder,
  { context, row }: Pick<Work, "context" | "row">,
): Promise<Downloaded | Failed> {
  const { http, signal } = context;
  const outcome = await downloadFile(
    {
      ...{ url, maxBytes, signal, folder: workplace.at("done"), partFolder: workplace.at("part") },
      ...{ fallbackName: nameIn(url), connections: http.connections, blockBytes: http.blockBytes },
      onProgress: row.update,
    },
    { allowPrivate: isPrivateAllowed(url, http), limits: http.limits },
  );
  if (outcome.kind === "downloaded") return outcome;
  return outcome.kind === "cancelled" ? INTERRUPTED : toFailed(url, outcome.failure);
}

/** What a download that failed tells a person. */
export function toFailed(url: string, failure: FailureReport): Failed {
  return { exit: 1, problem: sourceLine(url, failure), code: failure.code };
}
