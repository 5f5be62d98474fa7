import { setTimeout as delay } from "node:timers/promises";
import type { Sha256 } from "@modfleet/protocol";
import { type HashFile, hashFile } from "../blobs/hash-file.ts";
import { createPlaces } from "../blobs/places.ts";
import type { Deps } from "../deps.ts";
import type { Archive, Version } from "../domain/catalogue.ts";
import type { HeldPieces } from "../domain/pieces.ts";
import { isDamaged } from "./is-damaged.ts";

type KeeperDeps = Pick<Deps, "blobs" | "catalogue" | "log"> & {
  /** Ends whatever is being made. */
  signal: AbortSignal;
  hash?: HashFile;
};

/** Within the patience of every client, and enough for what is not large. */
const WAIT_MS = 5_000;
/** Archives that wait to be read; who asks for one more comes back later. */
const QUEUE_MAX = 50;
/** A slow disk's, per second. */
const READ_BYTES = 50e6;
const RETRY_SECONDS_MIN = 5;
const RETRY_SECONDS_MAX = 600;

const DAMAGED: HeldPieces = { kind: "damaged" };

/**
 * Says what pieces a version's archive has. Those of archives that were published before pieces were kept are made when
 * they are asked for: one archive at a time, once however many ask, in a thread of low priority.
 */
export function createPieceKeeper(deps: KeeperDeps, waitMs = WAIT_MS): (version: Version) => Promise<HeldPieces> {
  const making = new Map<Sha256, Promise<HeldPieces>>();
  const places = createPlaces(1);

  async function make(archive: Archive): Promise<HeldPieces> {
    if (!(await places.take(deps.signal))) return later(archive);
    try {
      return await readPieces(deps, archive);
    } catch (cause) {
      if (!deps.signal.aborted)
        deps.log.error("Could not make the pieces of an archive", { sha256: archive.sha256, cause });
      return later(archive);
    } finally {
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

/** Reads a published archive once more. What was let in once is not judged again: it is known by its hash. */
async function readPieces({ blobs, catalogue, log, signal, hash = hashFile }: KeeperDeps, archive: Archive) {
  const { sha256, bytes } = archive;
  const path = blobs.path(sha256);
  if (path === null) return DAMAGED;
  const found = await hash({ path, bytes }, signal);
  if (found.sha256 !== sha256) {
    log.warn("A published archive is damaged", { sha256, is: found.sha256 });
    return DAMAGED;
  }
  await catalogue.savePieces(sha256, found.pieces);
  return { kind: "here", pieces: found.pieces } as const;
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
