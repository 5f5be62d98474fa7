import type { ModId } from "@modfleet/protocol";
import type { Origin } from "./catalogue.ts";

/**
 * The library as PyTorrent's interfaces show it: what has, had or is about to get an archive. Times are microseconds UTC,
 * because PyTorrent's have six decimals; they stay far below 2^53.
 */
export type ShelfMod = {
  id: ModId;
  name: string;
  description: string;
  sizeBytes: number | null;
  condition: ShelfCondition;
  createdAt: number;
  updatedAt: number;
  requestedAt: number;
  origin: Origin;
  downloads: number;
  /** The game of its first binding; null when it has none. */
  app: number | null;
  /** Names of PyTorrent's fields that held nothing when the row was taken over. */
  nulls: readonly string[];
};

/** 0: here. 1: here, details missing. 2: on its way, also while a new version of what is here comes. */
export type ShelfCondition = 0 | 1 | 2;

export type ShelfGame = {
  id: number;
  name: string;
  kind: "game" | "app";
  logoUrl: string | null;
  shortDescription: string;
  description: string;
  modsDownloads: number;
  modsCount: number;
  createdAt: number;
  origin: Origin;
  nulls: readonly string[];
};

/** A tag or a genre. */
export type Label = { id: number; name: string };

/** A picture on a mod's page: `logo`, `screenshot`, or what an imported row says. `at` in microseconds UTC. */
export type Resource = { id: number; kind: string; url: string; at: number; mod: ModId };

/** One page by offset and the size of the whole. */
export type OffsetPage<Item> = { total: number; items: Item[] };

export type LibrarySummary = {
  mods: number;
  games: number;
  genres: number;
  tags: number;
  /** Mods that need others. */
  dependents: number;
  /** Sum over the games. */
  downloads: number;
};
