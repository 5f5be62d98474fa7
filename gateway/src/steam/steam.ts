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

/** What an item's Workshop page shows. `absent`: there is no page for us, and asking again soon would not change that. */
export type PageAnswer =
  | { kind: "found"; dependencies: readonly ModId[]; screenshots: readonly string[] }
  | { kind: "absent" }
  | { kind: "unavailable"; retryAfterMs: number };

/** Steam's public metadata: batched, coalesced, cached and polite. Never throws for what Steam may do. */
export interface Steam {
  /** `fresh` skips the cache (but still shares a call that is already on its way). */
  item(id: ModId, options?: { fresh?: boolean }): Promise<ItemAnswer>;
  app(app: number): Promise<AppAnswer>;
  collection(id: ModId): Promise<CollectionAnswer>;
  /** Slow and rare: one page every few seconds. Nothing is cached, what is found belongs into the catalogue. */
  page(id: ModId): Promise<PageAnswer>;
  close(): void;
}
