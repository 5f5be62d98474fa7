import type { Deps } from "../../deps.ts";
import { isRunning } from "../../domain/job.ts";
import type { AppContext } from "../app-env.ts";
import type { SendDeps } from "../send-archive.ts";
import { ANSWERS } from "./answers.ts";
import { isServed, type Meter, type MeterDeps, startMeter } from "./meter.ts";
import { pythonId } from "./python-int.ts";
import { accepted, reply } from "./reply.ts";
import { sendMod } from "./send-mod.ts";

export type DownloadDeps = Pick<Deps, "catalogue" | "jobs" | "shelf"> & SendDeps & MeterDeps;

/** `GET /download/{id}`: the archive when it is here. Nothing is ever fetched for it. */
export async function download(c: AppContext, deps: DownloadDeps, text: string): Promise<Response> {
  const wanted = pythonId(text);
  if (wanted.kind === "not_an_integer") return reply(422, ANSWERS.notAnInteger);
  const meter = startMeter(c, deps, "local");
  if (wanted.kind === "impossible") return notHere(meter);

  const mod = await deps.catalogue.findMod(wanted.id);
  const sent = mod === null ? null : await sendMod(c, deps, mod);
  if (sent !== null) {
    if (isServed(sent)) meter.answered("ok");
    return sent;
  }
  const job = await deps.jobs.latestFor(wanted.id);
  if (job !== null && isRunning(job)) {
    meter.answered("error");
    return accepted(job.id, ANSWERS.stillLoading);
  }
  if ((await deps.shelf.findShelfMod(wanted.id)) === null) return notHere(meter);
  meter.count("damaged_mod");
  meter.answered("error");
  return reply(404, ANSWERS.damaged);
}

function notHere(meter: Meter): Response {
  meter.count("mod_not_found_local");
  meter.answered("error");
  return reply(404, ANSWERS.notHere);
}
