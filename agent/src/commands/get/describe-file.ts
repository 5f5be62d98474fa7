import { findSources } from "../../engine/http/find-sources.ts";
import { processSeats } from "../../engine/http/host-seats.ts";
import { createSourceAgent } from "../../engine/http/open-source.ts";
import type { RemoteFile } from "../../engine/http/remote-file.ts";
import { HTTP_LIMITS } from "../../engine/options.ts";
import { nameIn } from "./address.ts";
import { isPrivateAllowed, toFailed } from "./download.ts";
import { oneLine } from "./failure-line.ts";
import type { Work } from "./job.ts";
import { overhear } from "./overhear.ts";
import { type Failed, INTERRUPTED } from "./result.ts";

export type Described = { ok: true; file: RemoteFile /** Whether it describes a torrent. */; isTorrent: boolean };

/** Asks what lies at an address, without fetching it, and says what it waits for. */
export async function describeFile(
  url: string,
  { context, row }: Pick<Work, "context" | "row">,
): Promise<Described | Failed> {
  const { http, signal } = context;
  const limits = { ...HTTP_LIMITS, ...http.limits };
  const allowPrivate = isPrivateAllowed(url, http);
  let type: string | null = null;
  const tell = hindrances(new URL(url).host, row.stage);
  const agent = createSourceAgent(allowPrivate, limits);
  const overheard = overhear(agent, {
    onAnswer(status, answered) {
      type = answered;
      if (status >= 500) tell(`it answered ${status}`);
    },
    onError: (error) => (signal.aborted ? null : tell(hindranceOf(error))),
  });
  const search = { urls: [url], together: false, fallbackName: nameIn(url), acceptPages: false, skipHead: false };
  try {
    const found = await findSources(search, { agent: overheard, allowPrivate, limits, seats: processSeats }, signal);
    if (!found.ok) return toFailed(url, found.failure);
    const { file } = found.files[0];
    return { ok: true, file, isTorrent: isTorrent(type, file.name, url) };
  } catch (error) {
    if (signal.aborted) return INTERRUPTED;
    throw error;
  } finally {
    await agent.destroy();
  }
}

/** Tells what is new only, and that there is a next try. */
function hindrances(host: string, stage: (name: string) => void): (hindrance: string | null) => void {
  let told: string | null = "";
  stage(`Asking ${host}`);
  return (hindrance) => {
    if (hindrance === null || hindrance === told) return;
    told = hindrance;
    stage(`Asking ${host} (${hindrance}, trying again)`);
  };
}

/** Null for what no next try changes. */
export function hindranceOf(error: Error): string | null {
  const code = "code" in error ? String(error.code) : "";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "the name is not known";
  if (error.name === "TimeoutError" || error.name === "AbortError") return "no answer yet";
  return /^(E(?!RR_)|UND_ERR_)[A-Z_]+$/.test(code) ? oneLine(error.message) || code : null;
}

/** By its type as other programs do it, and by the names that such addresses and files have. */
function isTorrent(type: string | null, name: string, url: string): boolean {
  if (/^\s*application\/x-bittorrent\b/i.test(type ?? "")) return true;
  return /\.torrent$/i.test(name) || /\/torrent$/i.test(new URL(url).pathname);
}
