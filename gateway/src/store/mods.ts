import type { ModId } from "@modfleet/protocol";
import type { ItemFacts, Mod } from "../domain/catalogue.ts";
import type { Database } from "./database.ts";

/** Single mods: what the source says about them and what people did with them. */
export interface ModStore {
  /** The mod with its tags and current version. */
  findMod(id: ModId): Promise<Mod | null>;
  /** The mods of `ids` that exist (at most 100 ids), in no particular order. */
  findMods(ids: readonly ModId[]): Promise<Mod[]>;
  /** Takes over what Steam says: adds the mod or updates its facts, tags and game. Downloads and request time stay. */
  saveItem(item: ItemFacts, at: number): Promise<void>;
  /** The source no longer has it; what we have stays available. `saveItem` takes the mark away. */
  markRemoved(id: ModId, at: number): Promise<void>;
  /** Somebody asked for it. Time never goes back. */
  touchRequested(id: ModId, at: number): Promise<void>;
  /** Adds buffered download counts to mods and their games, all or none. */
  countDownloads(increments: ReadonlyMap<ModId, number>): Promise<void>;
}

export declare function createModStore(database: Database): ModStore;
