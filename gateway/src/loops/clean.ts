import type { Deps } from "../deps.ts";
import { DAY_MS } from "../domain/statistics.ts";

const OLDER_THAN_MS = 3_600_000;
const DURATIONS_DAYS = 90;
/** After so long nobody comes back for what never came. */
const NEVER_CAME_DAYS = 30;
/** Mods in one turn: short writes, and the next turn comes soon. */
const FORGOTTEN_AT_ONCE = 250;

/**
 * Removes uploads of tries that are over and blobs no version points to; both only once they are an hour old. Forgets
 * durations that nobody averages any more, gateways that counted nothing for a day, and what was asked for from elsewhere
 * than Steam a month ago and never came.
 */
export async function cleanTurn(
  deps: Pick<Deps, "blobs" | "uploads" | "catalogue" | "jobs" | "statistics" | "now" | "log">,
): Promise<void> {
  const freed = await deps.blobs.sweep(
    {
      upload: (id) => deps.uploads.isWanted(id),
      // An upload of content that was here already has no file of its own: until its version is published, only it knows.
      blob: async (sha256) =>
        (await deps.catalogue.archiveInUse(sha256)) || (await deps.uploads.isContentWanted(sha256)),
    },
    OLDER_THAN_MS,
  );
  await deps.uploads.forget(deps.now() - OLDER_THAN_MS);
  await deps.jobs.forgetRequesters(deps.now() - OLDER_THAN_MS);
  await deps.catalogue.forgetSources(deps.now() - NEVER_CAME_DAYS * DAY_MS, FORGOTTEN_AT_ONCE);
  await deps.statistics.forget({ durations: deps.now() - DURATIONS_DAYS * DAY_MS, writers: deps.now() - DAY_MS });
  if (freed > 0) deps.log.info("removed leftovers", { bytes: freed });
}
