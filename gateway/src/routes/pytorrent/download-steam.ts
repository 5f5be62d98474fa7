import { requestMod } from "../../actions/request-mod.ts";
import type { AppContext } from "../app-env.ts";
import { requesterOf } from "../requester.ts";
import type { SendDeps } from "../send-archive.ts";
import { ANSWERS, failedFinally, queued } from "./answers.ts";
import { pythonId } from "./python-int.ts";
import { accepted, reply } from "./reply.ts";
import { sendMod, withArchive } from "./send-mod.ts";

export type SteamDownloadDeps = Parameters<typeof requestMod>[0] & SendDeps;

/** `GET /download/steam/{id}`: the archive when it is here and up to date, otherwise the mod is put into the queue. */
export async function downloadSteam(c: AppContext, deps: SteamDownloadDeps, text: string): Promise<Response> {
  const wanted = pythonId(text);
  if (wanted.kind === "not_an_integer") return reply(422, ANSWERS.notAnInteger);
  if (wanted.kind === "impossible") return reply(404, ANSWERS.notFoundOnSteam);

  const answer = await requestMod(deps, { id: wanted.id, requester: requesterOf(c) });
  switch (answer.kind) {
    case "ready": {
      const mod = withArchive(answer.mod);
      return mod === null ? reply(404, ANSWERS.notFoundOnSteam) : sendMod(c, deps, mod);
    }
    case "queued":
      return accepted(answer.job.id, answer.created ? queued(answer) : ANSWERS.alreadyProcessed);
    case "not_found":
    case "is_collection":
      return reply(404, ANSWERS.notFoundOnSteam);
    case "steam_unavailable":
      return reply(404, ANSWERS.notFoundOnSteam, { "retry-after": inSeconds(answer.retryAfterMs) });
    case "not_ready":
      return reply(503, ANSWERS.notReady, { "retry-after": inSeconds(answer.retryAfterMs) });
    case "failed": {
      const retryAt = answer.job.state === "failed" ? answer.job.retryAt : null;
      const wait = retryAt === null ? {} : { "retry-after": inSeconds(retryAt - deps.now()) };
      return reply(404, failedFinally, { ...wait, link: `</api/jobs/${answer.job.id}>; rel="describedby"` });
    }
  }
}

function inSeconds(ms: number): string {
  return String(Math.max(1, Math.ceil(ms / 1_000)));
}
