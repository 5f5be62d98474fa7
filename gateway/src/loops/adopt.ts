import { dirname } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type Adopted, adoptArchive } from "../actions/adopt-archive.ts";
import { type ArchiveVerifier, createArchiveVerifier } from "../blobs/verifier.ts";
import type { Deps } from "../deps.ts";
import type { Imported } from "../store/imported.ts";

type AdoptDeps = Omit<Parameters<typeof adoptArchive>[0], "inspectTakenOver"> & {
  /** Made for each turn, and closed at its end. */
  createVerifier?: () => ArchiveVerifier;
};

const PAGE = 100;
const MINUTE = 60_000;
/** A thread that everybody else goes before may be silent for long. */
const STALL_MS = 30 * MINUTE;
const AWAY_MS = 10 * MINUTE;
/** After a turn in which there was nothing to try: it looked at every row. */
const REST_MS = 10 * MINUTE;
const FULL_MS = 10 * MINUTE;
const CHANGED_MS = MINUTE;
const TROUBLE_MS = 24 * 60 * MINUTE;

const ASIDE_MS: Partial<Record<Adopted, number>> = { changed: CHANGED_MS, kept: TROUBLE_MS, later: TROUBLE_MS };

/**
 * Adopts archives taken over, one at a time in a thread of low priority: those of mods asked for last first. Rows are the
 * queue, so a restart goes on where it was. What has no room on the disk waits, and what is smaller goes on.
 */
export function createAdoptTurn(deps: AdoptDeps): (signal: AbortSignal) => Promise<void> {
  const { createVerifier = inBackground } = deps;
  const aside = createAside(deps);
  let restUntil = 0;

  return async (signal) => {
    if (deps.now() < restUntil) return;
    if ((await deps.catalogue.listImported({ after: null, limit: 1 })).length === 0) return;
    const verifier = createVerifier();
    const { inspectTakenOver } = verifier;
    const progress = createProgress(deps);
    let [tried, room] = [0, Number.POSITIVE_INFINITY];
    try {
      for await (const row of imported(deps)) {
        if (signal.aborted) return;
        if (aside.has(row) || row.bytes >= room) continue;
        tried += 1;
        const outcome = await adoptOrSay({ ...deps, inspectTakenOver }, row, signal);
        if (outcome === "disk_full") room = row.bytes;
        aside.note(row, outcome);
        await progress.note(row, outcome);
      }
      if (tried === 0) restUntil = deps.now() + REST_MS;
    } finally {
      await progress.end();
      await verifier.close();
    }
  };
}

const inBackground = () => createArchiveVerifier({ threads: 1, isBackground: true, stallMs: STALL_MS });

async function adoptOrSay(
  deps: Parameters<typeof adoptArchive>[0],
  row: Imported,
  signal: AbortSignal,
): Promise<Adopted> {
  try {
    return await adoptArchive(deps, row, signal);
  } catch (cause) {
    deps.log.error("Adopting an archive failed on our side", { mod: row.mod, path: row.path, cause });
    return "later";
  }
}

/** Mods, and folders that are not there, that are left alone for a while. Says once what an operator can do something about. */
function createAside({ log, now }: Pick<Deps, "log" | "now">) {
  const until = new Map<string, number>();
  let saidFullAt = Number.NEGATIVE_INFINITY;

  return {
    has: ({ mod, path }: Imported): boolean => [mod, dirname(path)].some((key) => (until.get(key) ?? 0) > now()),
    note({ mod, path, bytes }: Imported, outcome: Adopted): void {
      const waitMs = ASIDE_MS[outcome];
      const folder = dirname(path);
      if (outcome === "away") {
        if (!until.has(folder)) log.warn("A folder of archives taken over is not there: they wait", { folder });
        until.set(folder, now() + AWAY_MS);
      } else if (waitMs === undefined) until.delete(mod);
      else until.set(mod, now() + waitMs);
      if (outcome === "disk_full" && now() - saidFullAt >= FULL_MS) {
        saidFullAt = now();
        log.warn("No room to adopt an archive that was taken over: it waits", { mod, bytes });
      }
    },
  };
}

async function* imported({ catalogue }: Pick<Deps, "catalogue">): AsyncGenerator<Imported> {
  for (let after: Imported | null = null; ; ) {
    const rows: Imported[] = await catalogue.listImported({ after, limit: PAGE });
    yield* rows;
    after = rows.at(-1) ?? null;
    if (after === null) return;
    // Rows that are passed over wait for nothing, and there may be very many.
    await nextTurn();
  }
}

/** One line a minute, and one at the end of a turn in which something happened. */
function createProgress({ catalogue, log, now }: Pick<Deps, "catalogue" | "log" | "now">) {
  let [archives, bytes, saidAt] = [0, 0, now()];
  const counts: Partial<Record<Adopted, number>> = {};

  async function say(): Promise<void> {
    saidAt = now();
    const left = await catalogue.countImported();
    const [of, ofBytes] = [archives + left.archives, bytes + left.bytes];
    log.info("Adopting archives that were taken over", { archives, of, bytes, ofBytes, ...counts });
  }
  return {
    async note(row: Imported, outcome: Adopted): Promise<void> {
      counts[outcome] = (counts[outcome] ?? 0) + 1;
      if (outcome === "published" || outcome === "damaged" || outcome === "missing") {
        archives += 1;
        bytes += row.bytes;
      }
      if (now() - saidAt >= MINUTE) await say();
    },
    async end(): Promise<void> {
      if (archives > 0) await say();
    },
  };
}
