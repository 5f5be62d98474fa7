import type { ItemFacts, Mod } from "../domain/catalogue.ts";
import type { ItemAnswer } from "../steam/steam.ts";
import { differs, requestMod } from "./request-mod.ts";

/** Whom updates are queued for that nobody asked for. Requesters that are people have other names: hashes. */
export const REFRESHER = "refresher";

/** `later`: there is a new version that nobody can fetch now. `unknown`: Steam did not say. */
export type Rechecked = "same" | "queued" | "later" | "removed" | "unknown";

type RecheckDeps = Parameters<typeof requestMod>[0];

/**
 * Takes over what Steam said about a mod that is here: a new version is queued as if somebody had asked for it, new facts are
 * stored, and what Steam no longer has is marked. The archive stays served in any case.
 */
export async function recheckMod(deps: RecheckDeps, mod: Mod, answer: ItemAnswer): Promise<Rechecked> {
  switch (answer.kind) {
    case "unavailable":
      return "unknown";
    case "collection":
      return "same";
    case "removed":
      if (mod.removedAt === null) await deps.catalogue.markRemoved(mod.id, deps.now());
      return "removed";
    case "found":
      return isKnown(mod, answer.item) ? "same" : request(deps, mod);
  }
}

/** Whether there is nothing to store and nothing to fetch; archives taken over have keys of their own and are looked at. */
function isKnown(mod: Mod, item: ItemFacts): boolean {
  return mod.current?.key === item.versionKey && !differs(mod, item);
}

/** Steam's answer was cached a moment ago, so it is not asked once more. */
async function request(deps: RecheckDeps, { id }: Mod): Promise<Rechecked> {
  const requested = await requestMod(deps, { id, requester: REFRESHER });
  switch (requested.kind) {
    case "queued":
      return "queued";
    case "not_ready":
      return "later";
    case "not_found":
      return "removed";
    case "steam_unavailable":
      return "unknown";
    case "ready":
      return requested.isOutdated ? "later" : "same";
    case "failed":
    case "is_collection":
      return "same";
  }
}
