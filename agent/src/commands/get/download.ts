import type { FailureReport } from "@modfleet/protocol";
import { type DownloadOutcome, downloadFile } from "../../engine/http/download-file.ts";
import { findSources } from "../../engine/http/find-sources.ts";
import { processSeats } from "../../engine/http/host-seats.ts";
import { createSourceAgent } from "../../engine/http/open-source.ts";
import type { RemoteFile } from "../../engine/http/remote-file.ts";
import { HTTP_LIMITS } from "../../engine/options.ts";
import { isPrivateByName, nameIn } from "./address.ts";
import { sourceLine } from "./failure-line.ts";
import type { GetContext } from "./get-context.ts";
import type { Work } from "./job.ts";
import { type Failed, INTERRUPTED } from "./result.ts";
import type { Workplace } from "./workplace.ts";

type Around = Pick<GetContext, "http" | "signal">;

/** A private place that was typed may lead to others; from a public one nothing leads there. */
const isPrivateAllowed = (url: string, { http }: Around): boolean => http.allowPrivate || isPrivateByName(url);

/** Asks what lies at an address, without fetching it. */
export async function describeFile(url: string, context: Around): Promise<{ ok: true; file: RemoteFile } | Failed> {
  const limits = { ...HTTP_LIMITS, ...context.http.limits };
  const allowPrivate = isPrivateAllowed(url, context);
  const agent = createSourceAgent(allowPrivate, limits);
  const search = { urls: [url], together: false, fallbackName: nameIn(url), acceptPages: false, skipHead: false };
  try {
    const found = await findSources(search, { agent, allowPrivate, limits, seats: processSeats }, context.signal);
    return found.ok ? { ok: true, file: found.files[0].file } : toFailed(url, found.failure);
  } catch (error) {
    if (context.signal.aborted) return INTERRUPTED;
    throw error;
  } finally {
    await agent.destroy();
  }
}

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
    { allowPrivate: isPrivateAllowed(url, context), limits: http.limits },
  );
  if (outcome.kind === "downloaded") return outcome;
  return outcome.kind === "cancelled" ? INTERRUPTED : toFailed(url, outcome.failure);
}

function toFailed(url: string, failure: FailureReport): Failed {
  return { exit: 1, problem: sourceLine(url, failure), code: failure.code };
}
