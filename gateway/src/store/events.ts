import type { CatalogueEvent } from "../domain/catalogue.ts";
import type { Database } from "./database.ts";

export interface EventStore {
  /** Up to `limit` (at most 1,000) events with greater ids than `after`, in order. */
  events(after: number, limit: number): Promise<CatalogueEvent[]>;
  /** The greatest id so far, 0 before the first: it changes whenever an event was added. */
  lastEvent(): Promise<number>;
}

export declare function createEventStore(database: Database): EventStore;
