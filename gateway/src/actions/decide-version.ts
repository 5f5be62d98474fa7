import type { Deps } from "../deps.ts";
import { deliveredVersion } from "../domain/delivered.ts";
import type { Job } from "../domain/job.ts";

export type VersionDecision =
  | { kind: "is"; key: string; sourceUpdatedAt: number }
  /** Steam moved on and the bytes cannot be told apart: fetch again, as this version. */
  | { kind: "changed"; version: string; expectedBytes: number | null }
  /** Steam has to be asked and does not answer. */
  | { kind: "unknown" };

type Verifying = Extract<Job, { state: "verifying" }>;

/**
 * Which version the delivered bytes are. The manifest that the tool noted is proof; without it Steam is asked again, and
 * when the key moved since the request the bytes belong to the new version or to nobody, never to the old one. Other sources
 * show their versions by being fetched: `deliveredVersion`.
 */
export async function decideVersion(
  deps: Pick<Deps, "steam" | "catalogue" | "now">,
  job: Verifying,
): Promise<VersionDecision> {
  const { fetched, tree, receivedAt } = job.result;
  if (job.source.kind !== "workshop") {
    return { kind: "is", key: deliveredVersion(job.source, fetched, tree), sourceUpdatedAt: receivedAt };
  }
  const { manifest } = fetched;
  const mod = await deps.catalogue.findMod(job.mod);
  const knownAt = mod?.updatedAt ?? deps.now();
  if (manifest === job.version) return { kind: "is", key: job.version, sourceUpdatedAt: knownAt };

  const answer = await deps.steam.item(job.source.item, { fresh: true });
  switch (answer.kind) {
    case "unavailable":
      return { kind: "unknown" };
    case "removed":
    case "collection":
      return { kind: "is", key: job.version, sourceUpdatedAt: knownAt };
    case "found": {
      const { item } = answer;
      const isSame = item.versionKey === job.version || item.versionKey === manifest;
      await deps.catalogue.saveItem(item, deps.now());
      if (isSame) return { kind: "is", key: item.versionKey, sourceUpdatedAt: item.updatedAt };
      return { kind: "changed", version: item.versionKey, expectedBytes: item.sizeBytes };
    }
  }
}
