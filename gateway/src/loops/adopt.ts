import { dirname } from "node:path";
import { type Adopted, adoptArchive } from "../actions/adopt-archive.ts";
import { createArchiveVerifier } from "../blobs/verifier.ts";
import type { Deps } from "../deps.ts";
import type { Imported } from "../store/imported.ts";

type AdoptDeps = Omit<Parameters<typeof adoptArchive>[0], "inspectTakenOver">;

const PAGE = 20;
const MINUTE = 60_000;
/** A thread that everybody else goes before may be silent for long. */
const STALL_MS = 30 * MINUTE;
const AWAY_MS = 10 * MINUTE;
const CHANGED_MS = MINUTE;
const TROUBLE_MS = 24 * 60 * MINUTE;

const ASIDE_MS: Partial<Record<Adopted, number>> = { changed: CHANGED_MS, kept: TROUBLE_MS, later: TROUBLE_MS };

/**
 * Adopts archives taken over, one at a time in a thread of low priority: those of mods asked for last first. Rows are the
 * queue, so a restart goes on where it was. A turn ends when all were looked at, or when the disk is full.
 */
export function createAdoptTurn(deps: AdoptDeps): (signal: AbortSignal) => Promise<void> {
  /** Until when a mod, or a folder that is not there, is left alone. */
  const aside = new Map<string, number>();

  const isAside = ({ mod, path }: Imported): boolean =>
    [mod, dirname(path)].some((key) => (aside.get(key) ?? 0) > deps.now());

  function putAside({ mod, path }: Imported, outcome: Adopted): void {
    const waitMs = ASIDE_MS[outcome];
    if (outcome === "away") aside.set(dirname(path), deps.now() + AWAY_MS);
    else if (waitMs === undefined) aside.delete(mod);
    else aside.set(mod, deps.now() + waitMs);
  }

  return async (signal) => {
    if ((await deps.catalogue.listImported({ after: null, limit: 1 })).length === 0) return;
    const verifier = createArchiveVerifier({ threads: 1, isBackground: true, stallMs: STALL_MS });
    const { inspectTakenOver } = verifier;
    const progress = createProgress(deps);
    try {
      for await (const row of imported(deps)) {
        if (signal.aborted) return;
        if (isAside(row)) continue;
        const outcome = await adoptArchive({ ...deps, inspectTakenOver }, row, signal).catch((cause: unknown) => {
          deps.log.error("Adopting an archive failed on our side", { mod: row.mod, path: row.path, cause });
          return "later" as const;
        });
        putAside(row, outcome);
        await progress.note(row, outcome);
        if (outcome === "disk_full") {
          deps.log.warn("No room to adopt archives that were taken over: they wait", { bytes: row.bytes });
          return;
        }
      }
    } finally {
      await progress.end();
      await verifier.close();
    }
  };
}

async function* imported({ catalogue }: Pick<Deps, "catalogue">): AsyncGenerator<Imported> {
  for (let after: Imported | null = null; ; ) {
    const rows: Imported[] = await catalogue.listImported({ after, limit: PAGE });
    yield* rows;
    after = rows.at(-1) ?? null;
    if (after === null) return;
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
