import { requestMod } from "../../actions/request-mod.ts";
import type { Queued, Requested } from "../../actions/requested.ts";
import type { AppContext } from "../app-env.ts";
import { requesterOf } from "../requester.ts";
import type { SendDeps } from "../send-archive.ts";
import { ANSWERS, failedFinally, queued } from "./answers.ts";
import { isServed, type Meter, type MeterDeps, startMeter } from "./meter.ts";
import { pythonId } from "./python-int.ts";
import { accepted, reply } from "./reply.ts";
import { sendMod } from "./send-mod.ts";

export type SteamDownloadDeps = Parameters<typeof requestMod>[0] & SendDeps & MeterDeps;

/** `GET /download/steam/{id}`: the archive when it is here and up to date, otherwise the mod is put into the queue. */
export async function downloadSteam(c: AppContext, deps: SteamDownloadDeps, text: string): Promise<Response> {
  const wanted = pythonId(text);
  if (wanted.kind === "not_an_integer") return reply(422, ANSWERS.notAnInteger);
  const meter = startMeter(c, deps, "steam");
  if (wanted.kind === "impossible") return notFound(meter, reply(404, ANSWERS.notFoundOnSteam));

  const requested = await requestMod(deps, { id: wanted.id, requester: requesterOf(c) });
  if (requested.kind === "queued") return onItsWay(meter, requested);
  if (requested.kind === "ready") {
    const sent = await sendMod(c, deps, requested.mod);
    // It was there a moment ago.
    if (sent === null) return notFound(meter, reply(404, ANSWERS.notFoundOnSteam));
    if (isServed(sent)) meter.answered("ok");
    return sent;
  }
  if (requested.kind === "not_ready") {
    meter.answered("error");
    return reply(503, ANSWERS.notReady, { "retry-after": inSeconds(requested.retryAfterMs) });
  }
  return notFound(meter, refusal(deps, requested));
}

/** The transfer itself is counted where it ends; here, what it began with. */
function onItsWay(meter: Meter, { job, created, damaged, ...how }: Queued): Response {
  if (!created) {
    meter.answered("error");
    return accepted(job.id, ANSWERS.alreadyProcessed);
  }
  if (how.updating) meter.count("updating_mod");
  if (damaged) meter.count("damaged_mod");
  return accepted(job.id, queued(how));
}

function notFound(meter: Meter, answer: Response): Response {
  meter.count("mod_not_found_local");
  meter.answered("error");
  return answer;
}

type Refused = Extract<Requested, { kind: "not_found" | "is_collection" | "steam_unavailable" | "failed" }>;

function refusal({ now }: Pick<SteamDownloadDeps, "now">, refused: Refused): Response {
  if (refused.kind === "steam_unavailable") {
    return reply(404, ANSWERS.notFoundOnSteam, { "retry-after": inSeconds(refused.retryAfterMs) });
  }
  if (refused.kind !== "failed") return reply(404, ANSWERS.notFoundOnSteam);
  const { job } = refused;
  const retryAt = job.state === "failed" ? job.retryAt : null;
  const wait = retryAt === null ? {} : { "retry-after": inSeconds(retryAt - now()) };
  return reply(404, failedFinally, { ...wait, link: `</api/jobs/${job.id}>; rel="describedby"` });
}

function inSeconds(ms: number): string {
  return String(Math.max(1, Math.ceil(ms / 1_000)));
}
