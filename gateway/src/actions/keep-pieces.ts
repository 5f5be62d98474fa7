import { setTimeout as delay } from "node:timers/promises";
import type { Sha256 } from "@modfleet/protocol";
import { createPlaces } from "../blobs/places.ts";
import { type ArchiveVerifier, createArchiveVerifier } from "../blobs/verifier.ts";
import type { Deps } from "../deps.ts";
import type { Archive, Version } from "../domain/catalogue.ts";
import type { HeldPieces } from "../domain/pieces.ts";
import { isDamaged } from "./is-damaged.ts";

type KeeperDeps = Pick<Deps, "blobs" | "catalogue" | "log"> & {
  /** Ends whatever is being made. */
  signal: AbortSignal;
  /** Made for each archive that is read, and closed after it. */
  createVerifier?: () => Pick<ArchiveVerifier, "inspectTakenOver" | "close">;
};

/** Within the patience of every client, and enough for what is not large. */
const WAIT_MS = 5_000;
/** Archives that wait to be read; who asks for one more comes back later. */
const QUEUE_MAX = 50;
/** A slow disk's, per second. */
const READ_BYTES = 50e6;
const RETRY_SECONDS_MIN = 5;
const RETRY_SECONDS_MAX = 600;
/** A thread that everybody else goes before may be silent for long. */
const STALL_MS = 30 * 60_000;

const DAMAGED: HeldPieces = { kind: "damaged" };

/**
 * Says what pieces a version's archive has. Those of archives that were published before pieces were kept are made when
 * they are asked for: one archive at a time, once however many ask, in a thread of low priority.
 */
export function createPieceKeeper(deps: KeeperDeps, waitMs = WAIT_MS): (version: Version) => Promise<HeldPieces> {
  const { createVerifier = inBackground } = deps;
  const making = new Map<Sha256, Promise<HeldPieces>>();
  const places = createPlaces(1);

  async function make(archive: Archive): Promise<HeldPieces> {
    if (!(await places.take(deps.signal))) return later(archive);
    const verifier = createVerifier();
    try {
      return await readPieces({ ...deps, inspectTakenOver: verifier.inspectTakenOver }, archive);
    } catch (cause) {
      deps.log.error("Could not make the pieces of an archive", { sha256: archive.sha256, cause });
      return later(archive);
    } finally {
      await verifier.close();
      places.giveBack();
    }
  }

  function makeOnce(archive: Archive): Promise<HeldPieces> | HeldPieces {
    const { sha256 } = archive;
    const running = making.get(sha256);
    if (running !== undefined) return running;
    if (making.size >= QUEUE_MAX) return { kind: "later", retryAfterSeconds: RETRY_SECONDS_MAX };
    const made = make(archive).finally(() => making.delete(sha256));
    making.set(sha256, made);
    return made;
  }

  return async (version) => {
    if (await isDamaged(deps, version)) return DAMAGED;
    const { archive } = version;
    const pieces = await deps.catalogue.pieces(archive.sha256);
    if (pieces !== null) return { kind: "here", pieces };
    return within(waitMs, makeOnce(archive), later(archive));
  };
}

const inBackground = () => createArchiveVerifier({ threads: 1, isBackground: true, stallMs: STALL_MS });

type Reading = Pick<KeeperDeps, "blobs" | "catalogue" | "log" | "signal"> & Pick<ArchiveVerifier, "inspectTakenOver">;

/** Reads a published archive once more, whole: what was let in under any rules passes those for archives taken over. */
async function readPieces({ blobs, catalogue, log, ...deps }: Reading, archive: Archive): Promise<HeldPieces> {
  const { sha256, bytes } = archive;
  const path = blobs.path(sha256);
  if (path === null) return DAMAGED;
  const found = await deps.inspectTakenOver({ path, bytes, signal: deps.signal });
  if (found.ok && found.sha256 === sha256) {
    await catalogue.savePieces(sha256, found.pieces);
    return { kind: "here", pieces: found.pieces };
  }
  if (!found.ok && found.code === "internal") return later(archive);
  log.warn("A published archive is damaged", { sha256, reason: found.ok ? "sha256_differs" : found.detail });
  return DAMAGED;
}

function later({ bytes }: Archive): HeldPieces {
  const seconds = RETRY_SECONDS_MIN + Math.ceil(bytes / READ_BYTES);
  return { kind: "later", retryAfterSeconds: Math.min(RETRY_SECONDS_MAX, seconds) };
}

async function within<Value>(ms: number, work: Promise<Value> | Value, otherwise: Value): Promise<Value> {
  const stop = new AbortController();
  const tooLate = delay(ms, otherwise, { signal: stop.signal }).catch(() => otherwise);
  return Promise.race([work, tooLate]).finally(() => stop.abort());
}
