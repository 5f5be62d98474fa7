import type { ModId } from "@modfleet/protocol";
import { heldArchive } from "../../actions/held-archive.ts";
import { requestMod } from "../../actions/request-mod.ts";
import type { Requested } from "../../actions/requested.ts";
import type { Deps } from "../../deps.ts";
import type { Mod } from "../../domain/catalogue.ts";
import { createAttemptStore } from "../../store/attempts.ts";
import type { AppContext } from "../app-env.ts";
import { pytorrentAttachment } from "../content-disposition.ts";
import { pytorrentType } from "../pytorrent/archive-type.ts";
import { possibleId } from "../pytorrent/python-int.ts";
import { reply } from "../pytorrent/reply.ts";
import { requesterOf } from "../requester.ts";
import { type SendDeps, sendArchive } from "../send-archive.ts";
import { notFound, V1_ANSWERS, v1Queued } from "./answers.ts";

export type V1DownloadDeps = Parameters<typeof requestMod>[0] & SendDeps & Pick<Deps, "database">;

/** What is older was fetched anew in the first interface before anybody got it. */
const YOUNG_MS = 7 * 24 * 3_600_000;

/**
 * `/download/steam/{mod_id}`: the archive when it is here, otherwise the mod is put into the queue. An archive that is out of
 * date is sent all the same while the mod was asked for within a week; the update is queued beside it. Every answer is a 200.
 */
export async function v1Download(c: AppContext, deps: V1DownloadDeps, mod: bigint): Promise<Response> {
  const id = possibleId(mod);
  if (id === null) return notFound({ search_error: true });
  const answer = await requestMod(deps, { id, requester: requesterOf(c) });
  if (answer.kind === "ready") return (await send(c, deps, answer.mod)) ?? notFound({ search_error: false });
  const here = await deps.catalogue.findMod(id);
  const isSent = here !== null && (answer.kind === "not_ready" || (answer.kind === "queued" && isYoung(deps, here)));
  return (isSent ? await send(c, deps, here) : null) ?? withoutArchive(deps, id, answer);
}

type WithoutArchive = Exclude<Requested, { kind: "ready" }>;

async function withoutArchive({ database }: V1DownloadDeps, id: ModId, answer: WithoutArchive): Promise<Response> {
  switch (answer.kind) {
    case "queued": {
      if (!answer.created) return reply(200, V1_ANSWERS.alreadyProcessed);
      const { failed } = await createAttemptStore(database).attempts(id);
      return reply(200, v1Queued({ failedBefore: answer.failedBefore || failed.length > 0 }));
    }
    case "not_ready":
      return reply(200, V1_ANSWERS.notReady);
    case "steam_unavailable":
      return notFound({ check_error: true });
    case "not_found":
    case "is_collection":
      return notFound({ search_error: true });
    // Steam has it, and we remember that it could not be fetched: `/info/mod/` lists the tries.
    case "failed":
      return notFound({});
  }
}

function isYoung({ now }: V1DownloadDeps, { requestedAt }: Mod): boolean {
  return now() - Math.floor(requestedAt / 1_000) * 1_000 <= YOUNG_MS;
}

/** Null when the bytes are not here. Called by its id, or by its name while Steam does not say that it exists. */
async function send(c: AppContext, deps: V1DownloadDeps, mod: Mod): Promise<Response | null> {
  const held = await heldArchive(deps, mod);
  if (held === null) return null;
  const isOnSteam = mod.elsewhere === null && (await deps.steam.item(mod.id)).kind === "found";
  const name = isOnSteam ? mod.id : mod.name;
  const contentType = pytorrentType(name);
  return sendArchive(c, deps, { mod, held, disposition: pytorrentAttachment(name), contentType, address: "mod" });
}
