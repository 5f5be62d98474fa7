import type { ModId } from "@modfleet/protocol";
import type { AppFacts, ItemFacts } from "../domain/catalogue.ts";

/** What Steam knows about an id. `unavailable` covers timeouts, 429, 5xx, HTML and truncated answers. */
export type ItemAnswer =
  | { kind: "found"; item: ItemFacts }
  | { kind: "removed" }
  | { kind: "collection" }
  | { kind: "unavailable"; retryAfterMs: number };

export type AppAnswer =
  | { kind: "found"; app: AppFacts }
  | { kind: "unknown" }
  | { kind: "unavailable"; retryAfterMs: number };

export type CollectionAnswer =
  | { kind: "found"; items: readonly ModId[]; nested: readonly ModId[] }
  | { kind: "not_a_collection" }
  | { kind: "unavailable"; retryAfterMs: number };

/** Steam's public metadata: batched, coalesced, cached and polite. Never throws for what Steam may do. */
export interface Steam {
  /** `fresh` skips the cache (but still shares a call that is already on its way). */
  item(id: ModId, options?: { fresh?: boolean }): Promise<ItemAnswer>;
  app(app: number): Promise<AppAnswer>;
  collection(id: ModId): Promise<CollectionAnswer>;
  close(): void;
}
