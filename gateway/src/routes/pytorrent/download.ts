import type { Deps } from "../../deps.ts";
import { isRunning } from "../../domain/job.ts";
import type { AppContext } from "../app-env.ts";
import type { SendDeps } from "../send-archive.ts";
import { ANSWERS } from "./answers.ts";
import { pythonId } from "./python-int.ts";
import { accepted, reply } from "./reply.ts";
import { sendMod, withArchive } from "./send-mod.ts";

export type DownloadDeps = Pick<Deps, "catalogue" | "jobs"> & SendDeps;

/** `GET /download/{id}`: the archive when it is here. Nothing is ever fetched for it. */
export async function download(c: AppContext, deps: DownloadDeps, text: string): Promise<Response> {
  const wanted = pythonId(text);
  if (wanted.kind === "not_an_integer") return reply(422, ANSWERS.notAnInteger);
  if (wanted.kind === "impossible") return reply(404, ANSWERS.notHere);

  const mod = await deps.catalogue.findMod(wanted.id);
  const ready = mod === null ? null : withArchive(mod);
  if (ready !== null) return sendMod(c, deps, ready);

  const job = await deps.jobs.latestFor(wanted.id);
  if (job !== null && isRunning(job)) return accepted(job.id, ANSWERS.stillLoading);
  // A row that never had a job was taken over with its archive missing; one whose fetch failed was never here.
  return reply(404, mod !== null && job === null ? ANSWERS.damaged : ANSWERS.notHere);
}
